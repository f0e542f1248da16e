/**
 * MRBrainS18 (doi:10.34894/E0U32Q): tissue and lesions of 7 subjects of 0.958 × 0.958 × 3 mm, T1 registered to FLAIR.
 *
 *     <folder>/[training/]<id>/{pre,orig}/{reg_T1,FLAIR}.nii.gz, <id>/segm.nii.gz
 *
 * 1 cortical grey, 2 basal ganglia, 3 white matter, 4 lesions, 5 extracerebral CSF, 6 ventricles; 7 cerebellum,
 * 8 brain stem, 9 infarction, 10 other: there any class is admitted. `pre` (bias-corrected) is preferred to `orig`.
 */
import { join } from 'node:path'
import { ANY_CLASS, BACKGROUND, CSF, GREY, LESION, setOf, WHITE } from '../../method/label-sets.ts'
import { type Candidate, type Found, foldersIn, gather, type Stated, seek } from './found.ts'

const STATED: Stated = {
  sets: new Map([
    ...[BACKGROUND, GREY, GREY, WHITE, LESION, CSF, CSF].map((k, value) => [value, setOf(k)] as const),
    ...[7, 8, 9, 10].map((value) => [value, ANY_CLASS] as const),
  ]),
  backgroundSet: setOf(BACKGROUND),
}

export function mrbrains18Subjects(folder: string): Found {
  const root = foldersIn(folder).includes('training') ? join(folder, 'training') : folder
  const candidates = foldersIn(root).map((id): Candidate => {
    const at = join(root, id)
    return {
      name: `mrbrains18-${id}`,
      scans: {
        t1: seek(at, 'pre/reg_T1.nii{,.gz}', 'orig/reg_T1.nii{,.gz}'),
        flair: seek(at, 'pre/FLAIR.nii{,.gz}', 'orig/FLAIR.nii{,.gz}'),
      },
      truth: seek(at, 'segm.nii{,.gz}'),
      stated: STATED,
    }
  })
  return gather('mrbrains18', candidates)
}
