/** All labelled subjects that no recipe may train on, in the order of the card. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FREESURFER_CASE } from './freesurfer-case.ts'
import type { EvaluationCase } from './labelled-subject.ts'
import { NICHART_CASES } from './nichart-cases.ts'
import { FAST_CASE, ICBM_CASE } from './partial-volume-cases.ts'
import { SPM_TEMPLATE_CASE } from './spm-template-case.ts'

export const EVALUATION_CASES: readonly EvaluationCase[] = [
  FREESURFER_CASE,
  FAST_CASE,
  SPM_TEMPLATE_CASE,
  ICBM_CASE,
  ...NICHART_CASES,
]

/** Cases whose files are all there, and a sentence for each that is left out. */
export function availableCases(dataDir: string): {
  readonly cases: readonly EvaluationCase[]
  readonly notes: readonly string[]
} {
  const missing = (candidate: EvaluationCase) => candidate.files.filter((file) => !existsSync(join(dataDir, file)))
  return {
    cases: EVALUATION_CASES.filter((candidate) => missing(candidate).length === 0),
    notes: EVALUATION_CASES.filter((candidate) => missing(candidate).length > 0).map(
      (candidate) => `${candidate.name}: ${missing(candidate).join(', ')} not in the data folder`,
    ),
  }
}
