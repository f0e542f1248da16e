/** The one reader of scans, for the service as for training: NIfTI, FreeSurfer's MGH, NRRD and MetaImage, told by their bytes. */
import type { AffineChoice } from '../nifti/affine-source.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import { type NiftiScan, readPlanned } from '../nifti/read-planned.ts'
import { scanPlanner } from './plan.ts'

/** Faults: those of readPlanned() and scanPlanner(). Parameters as of readNifti(). */
export function readScan(
  path: string,
  limits: NiftiLimits,
  signal?: AbortSignal,
  content: 'scan' | 'labels' = 'scan',
  choice?: AffineChoice,
): Promise<NiftiScan> {
  return readPlanned(scanPlanner(choice), path, limits, signal, content)
}
