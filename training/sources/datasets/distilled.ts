/**
 * Real scans with the labels that a model gave them from more than the network is shown: from T1 and FLAIR together, for a network
 * that sees the FLAIR alone. `onelabel distil` makes them: class numbers of label-sets.ts, 255 where the model was not sure.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ANY_CLASS, BACKGROUND, CLASS_NAMES, LESION, OEDEMA, setOf, TUMOUR } from '../../method/label-sets.ts'
import type { Folders, RealSubject } from './subject.ts'

/** Values beside the classes: nobody knows; anything but a lesion, of which a person drew all there are. */
export const UNSURE = 255
export const NO_LESION = 254

/** `possible`: the classes that anyone among the subjects may have. */
const setsOf = (possible: number): ReadonlyMap<number, number> =>
  new Map([
    ...CLASS_NAMES.map((_, k): [number, number] => [k, setOf(k)]),
    [UNSURE, possible],
    [NO_LESION, possible & ~setOf(LESION)],
  ])

export interface DistilledScans {
  /** Of its label map, in the work folder's `distilled`. */
  readonly name: string
  /** What the network in training is shown: channel → scan, relative to the data folder. */
  readonly scans: Readonly<Record<string, string>>
  /** What the labels are made from, where it is more. */
  readonly from?: Readonly<Record<string, string>> | undefined
  /** A mask of the lesions that a person drew, on the grid of the first of the scans. */
  readonly drawn?: string | undefined
}

/** The label map of a subject in a folder of runs. */
export const labelsFile = (name: string, workDir: string): string => join(workDir, 'distilled', `${name}.nii.gz`)

/** Subjects whose scans and labels all exist, and a sentence for each that has to be left out. */
export function distilledSubjects(
  listed: readonly DistilledScans[],
  isTumourFree: boolean,
  { dataDir, workDir }: Folders,
): { readonly subjects: readonly RealSubject[]; readonly notes: readonly string[] } {
  const sets = setsOf(isTumourFree ? ANY_CLASS & ~setOf(OEDEMA, TUMOUR) : ANY_CLASS)
  const subjects: RealSubject[] = []
  const notes: string[] = []
  for (const { name, scans } of listed) {
    const truth = labelsFile(name, workDir)
    const there = Object.entries(scans).map(([channel, scan]): [string, string] => [channel, join(dataDir, scan)])
    if (!there.every(([, path]) => existsSync(path))) notes.push(`${name}: not in the data folder`)
    else if (!existsSync(truth)) notes.push(`${name}: no labels in the work folder (distilled/${name}.nii.gz)`)
    else
      subjects.push({
        name,
        scans: Object.fromEntries(there),
        truth,
        sets,
        backgroundSet: setOf(BACKGROUND),
      })
  }
  return { subjects, notes }
}
