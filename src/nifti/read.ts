/** A NIfTI file → a scan: NIfTI-1 or -2, either byte order, gzipped or not, told by its bytes and never by its name. */
import type { NiftiLimits } from './limits.ts'
import { planNifti } from './plan.ts'
import { type NiftiScan, readPlanned } from './read-planned.ts'

/** Faults: those of readPlanned() and planNifti(): not-nifti, nifti-…, too-many-voxels, inflated-too-large. */
export function readNifti(
  path: string,
  limits: NiftiLimits,
  signal?: AbortSignal,
  content: 'scan' | 'labels' = 'scan',
): Promise<NiftiScan> {
  return readPlanned(planNifti, path, limits, signal, content)
}
