/**
 * One real patient with multiple sclerosis: T1, FLAIR and a three-rater consensus of the lesions, MNI 1 mm,
 * brain-extracted (Lesjak et al. 2017, CC BY). Lesions only: everything else is "some class that is not lesion".
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BACKGROUND, LESION, STATED } from '../../method/label-sets.ts'
import type { Folders, RealSubject } from './subject.ts'

const PATIENT = 'lesion/muschellij2__open_ms_data/cross_sectional/MNI/patient19'
const file = (sequence: string): string => `${PATIENT}/${sequence}_N4_noneck_reduced_winsor_regtoFLAIR`

const SETS: ReadonlyMap<number, number> = new Map([
  [0, STATED.lesion[BACKGROUND]],
  [1, STATED.lesion[LESION]],
])

/** The one patient, if its files are on disk, and a sentence for what is missing. */
export function msLesionSubjects({ dataDir }: Folders): {
  readonly subjects: readonly RealSubject[]
  readonly notes: readonly string[]
} {
  const subject: RealSubject = {
    name: 'open-ms-patient19',
    scans: {
      t1: join(dataDir, `${file('T1')}_brain_N4_regtoMNI.nii.gz`),
      flair: join(dataDir, `${file('FLAIR')}_brain_N4_regtoMNI.nii.gz`),
    },
    truth: join(dataDir, `${file('GOLD_STANDARD')}_regtoMNI.nii.gz`),
    sets: SETS,
    backgroundSet: STATED.lesion[BACKGROUND],
  }
  const there = [...Object.values(subject.scans), subject.truth].every((path) => existsSync(path))
  return there
    ? { subjects: [subject], notes: [] }
    : { subjects: [], notes: [`${subject.name}: not in the data folder`] }
}
