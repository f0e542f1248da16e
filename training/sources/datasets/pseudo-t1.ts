/**
 * Real T1s with tissue labels that another model gave them (brainchop's model20chan3cls, MIT, run through our own
 * converter): OpenNeuro ds002748 (CC0, skull-stripped) brainchop's two examples (MIT) and
 * allineate's 2 mm head (public domain).
 * Label values 0 background, 1 CSF, 2 grey, 3 white matter on the scan's own grid;
 * 254 = CSF or background, 255 = not stated.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ANY_CLASS, BACKGROUND, CSF, GREY, STATED, type States, setOf, WHITE } from '../../method/label-sets.ts'
import type { Folders, RealSubject } from './subject.ts'

/** Values that training/cli/pseudo-label.ts writes beside the tissue labels. */
export const CSF_OR_BACKGROUND = 254
export const UNKNOWN = 255

const DEPRESSION = 'heads/aaronsossin__DepressionMRI_AI'
const ALLINEATE = 'heads/neurolabusc__allineate'
const BRAINCHOP = 'heads/neuroneural__brainchop'

/** Subject → scan, relative to the data folder. */
export const PSEUDO_T1_SCANS: ReadonlyMap<string, string> = new Map([
  ...Array.from({ length: 14 }, (_, i): [string, string] => {
    const name = `sub-${String(i + 1).padStart(2, '0')}`
    return [name, `${DEPRESSION}/${name}/anat/${name}_T1w.nii.gz`]
  }),
  ['t1_crop', `${BRAINCHOP}/public/t1_crop.nii.gz`],
  ['T1w2mm', `${ALLINEATE}/benchmark/inputs/T1w2mm.nii.gz`],
  ['T1_brain_c1', `${BRAINCHOP}/T1_brain_c1.nii.gz`],
])

const setsOf = (states: States): ReadonlyMap<number, number> =>
  new Map([
    ...[BACKGROUND, CSF, GREY, WHITE].map((k) => [k, STATED[states][k]!] as const),
    [CSF_OR_BACKGROUND, setOf(BACKGROUND, CSF)],
    [UNKNOWN, ANY_CLASS],
  ])

/**
 * Subjects whose scan and pseudo labels both exist, and a sentence for each that has to be left out.
 * @param isLesionFree white matter is white matter; else it may be a hyperintensity
 */
export function pseudoT1Subjects(
  names: readonly string[],
  { dataDir, workDir }: Folders,
  isLesionFree: boolean,
): { readonly subjects: readonly RealSubject[]; readonly notes: readonly string[] } {
  const subjects: RealSubject[] = []
  const sets = setsOf(isLesionFree ? 'complete' : 'tissue')
  const notes: string[] = []
  for (const name of names) {
    const scan = PSEUDO_T1_SCANS.get(name)
    if (scan === undefined)
      throw new Error(`no pseudo-labelled T1 is called ${name}; known are ${[...PSEUDO_T1_SCANS.keys()].join(', ')}`)
    const t1 = join(dataDir, scan)
    const truth = join(workDir, 'pseudo', `${name}.nii.gz`)
    if (!existsSync(t1)) notes.push(`${name}: no scan in the data folder`)
    else if (!existsSync(truth)) notes.push(`${name}: no pseudo labels in the work folder (pseudo/${name}.nii.gz)`)
    else subjects.push({ name, scans: { t1 }, truth, sets, backgroundSet: STATED.tissue[BACKGROUND]! })
  }
  return { subjects, notes }
}
