/** The one reader of scans, for the service as for training: NIfTI, FreeSurfer's MGH, NRRD and MetaImage, told by their bytes. */
import type { NiftiLimits } from '../nifti/limits.ts'
import { type NiftiScan, readPlanned } from '../nifti/read-planned.ts'
import { planScan } from './plan.ts'

/** Faults: those of readPlanned() and planScan(). Parameters as of readNifti(). */
export function readScan(
  path: string,
  limits: NiftiLimits,
  signal?: AbortSignal,
  content: 'scan' | 'labels' = 'scan',
): Promise<NiftiScan> {
  return readPlanned(planScan, path, limits, signal, content)
}
