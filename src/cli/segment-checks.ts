/** What the options of `onelabel segment` may say; everything that is wrong is a usage error. */
import { usageError } from './command.ts'

/** Where the results may go, once it is known what the scans are. */
export function checkOutput(
  { output, rules }: { output: string; rules?: string | undefined },
  areDicom: boolean,
  isStudy: boolean,
): void {
  if (rules !== undefined && !isStudy) throw usageError('--rules are for a DICOM study, which is given alone')
  if (!areDicom) requireMap('-o', output)
  if (isStudy && output.endsWith('.nii.gz'))
    throw usageError(
      `the results of a study go into a folder: -o must not end in .nii.gz; for the label map of one series alone name its channel (--t1); found '${output}'`,
    )
}

export function requireMap(option: string, path: string | undefined): void {
  if (path === undefined || path.endsWith('.nii.gz')) return
  throw usageError(`maps are gzipped NIfTI: ${option} must end in .nii.gz; found '${path}'`)
}

export function requireEnding(option: string, ending: string, path: string | undefined): void {
  if (path !== undefined && !path.endsWith(ending)) throw usageError(`${option} must end in ${ending}; found '${path}'`)
}

export function only<C extends string>(option: string, choice: C, given: string | undefined): C | undefined {
  if (given === undefined || given === choice) return given as C | undefined
  throw usageError(`--${option} can be ${choice}; found '${given}'`)
}
