/** A NIfTI file → a scan: NIfTI-1 or -2, either byte order, gzipped or not, told by its bytes and never by its name. */
import type { AffineChoice } from './affine-source.ts'
import type { NiftiLimits } from './limits.ts'
import { niftiPlanner } from './plan.ts'
import { type NiftiScan, readPlanned } from './read-planned.ts'

/**
 * Faults: those of readPlanned() and niftiPlanner(): not-nifti, nifti-…, too-many-voxels, inflated-too-large.
 * @param choice where the file states two affines
 */
export function readNifti(
  path: string,
  limits: NiftiLimits,
  signal?: AbortSignal,
  content: 'scan' | 'labels' = 'scan',
  choice?: AffineChoice,
): Promise<NiftiScan> {
  return readPlanned(niftiPlanner(choice), path, limits, signal, content)
}
