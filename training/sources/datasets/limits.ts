/** What reading one training file may cost: these are files we chose, so the limits only catch a wrong one. */
import type { NiftiLimits } from '../../../src/nifti/limits.ts'

export const TRAINING_LIMITS: NiftiLimits = {
  maxFileBytes: 2 ** 30,
  maxInflatedBytes: 2 ** 31,
  maxVoxels: 2 ** 28,
}
