/**
 * Real heads of any contrast of which only the brain is known: masks that `onelabel brain-masks` made. In the mask is anything but
 * background, outside is background, and of its rim nobody is sure. The scan stands for the one channel of a network that takes any contrast.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ANY_CLASS, BACKGROUND, setOf } from '../../method/label-sets.ts'
import type { Folders, RealSubject } from './subject.ts'

/** Name of the mask of a scan: its path in the data folder, in one word. */
export function maskFile(scan: string): string {
  return `${scan.replace(/\.(nii|nii\.gz|mgz|nrrd)$/, '').replaceAll('/', '_')}.nii.gz`
}

/** Value of the rim in a mask. */
export const RIM = 2

const SETS: ReadonlyMap<number, number> = new Map([
  [0, setOf(BACKGROUND)],
  [1, ANY_CLASS & ~setOf(BACKGROUND)],
  [RIM, ANY_CLASS],
])

/**
 * Heads whose scan and mask both exist, and a sentence for each that has to be left out.
 * @param scans relative to the data folder
 * @param channel what the scan is taken for
 */
export function brainMaskSubjects(
  scans: readonly string[],
  channel: string,
  { dataDir, workDir }: Folders,
): { readonly subjects: readonly RealSubject[]; readonly notes: readonly string[] } {
  const subjects: RealSubject[] = []
  const notes: string[] = []
  for (const scan of scans) {
    const truth = join(workDir, 'brain', maskFile(scan))
    if (!existsSync(join(dataDir, scan))) notes.push(`${scan}: not in the data folder`)
    else if (!existsSync(truth)) notes.push(`${scan}: no mask in the work folder (brain/${maskFile(scan)})`)
    else
      subjects.push({
        name: scan,
        scans: { [channel]: join(dataDir, scan) },
        truth,
        sets: SETS,
        backgroundSet: setOf(BACKGROUND),
      })
  }
  return { subjects, notes }
}
