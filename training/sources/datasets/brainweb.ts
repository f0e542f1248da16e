/**
 * BrainWeb's 20 normal models (https://brainweb.bic.mni.mcgill.ca/anatomic_normal_20.html): tissue of simulated T1s,
 * complete truth. BrainWeb gives MINC; both files of a subject must have been converted to NIfTI (`mnc2nii`).
 *
 *     <folder>/subject<NN>_t1w<…>.nii.gz, subject<NN>_crisp<…>.nii.gz
 *
 * 1 CSF, 2 grey, 3 white matter, 8 vessels (CSF, as in the paper's code), 4 … 7 and 9 … 11 what lies around the brain
 * (background). A conversion of the 16-bit download keeps each label shifted by four bits: 16 is 1, 32 is 2 …
 */
import { globSync } from 'node:fs'
import { BACKGROUND, CSF, GREY, setOf, WHITE } from '../../method/label-sets.ts'
import { type Candidate, type Found, gather, type Stated, seek } from './found.ts'

const CLASSES: readonly number[] = [
  BACKGROUND,
  CSF,
  GREY,
  WHITE,
  ...[4, 5, 6, 7].map(() => BACKGROUND),
  CSF,
  ...[9, 10, 11].map(() => BACKGROUND),
]

const STATED: Stated = {
  sets: new Map(
    CLASSES.flatMap((k, value) => [
      [value, setOf(k)],
      [value << 4, setOf(k)],
    ]),
  ),
  backgroundSet: setOf(BACKGROUND),
}

export function brainwebSubjects(folder: string): Found {
  const files = globSync('subject[0-9][0-9]_{t1w,crisp}*', { cwd: folder })
  const ids = [...new Set(files.map((file) => file.slice(0, 'subjectNN'.length)))].sort()
  const candidates = ids.map(
    (id): Candidate => ({
      name: `brainweb-${id}`,
      scans: { t1: seek(folder, `${id}_t1w*.nii{,.gz}`) },
      truth: seek(folder, `${id}_crisp*.nii{,.gz}`),
      stated: STATED,
    }),
  )
  const { subjects, notes } = gather('brainweb', candidates)
  const others = files.filter((file) => !/\.nii(\.gz)?$/.test(file)).length
  const how = `brainweb: ${others} files are MINC or raw; convert both files of a subject to NIfTI first (mnc2nii)`
  return { subjects, notes: others > 0 ? [...notes, how] : notes }
}
