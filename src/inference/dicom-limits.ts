/** What reading the DICOM of one scan, or of one study that is sent, may cost: the limits of other scans, and of its files. */
import type { DicomLimits } from '../dicom/sources.ts'
import type { NiftiLimits } from '../nifti/limits.ts'

/** A series of thin slices with all of its echoes has a few thousand. */
const MAX_FILES = 10_000
const MAX_DEPTH = 16

export function dicomLimits({
  maxInflatedBytes,
  maxVoxels,
}: Pick<NiftiLimits, 'maxInflatedBytes' | 'maxVoxels'>): DicomLimits {
  const ofAll = { maxFileBytes: maxInflatedBytes, maxTotalBytes: maxInflatedBytes }
  return { maxFiles: MAX_FILES, maxDepth: MAX_DEPTH, ...ofAll, maxVoxels }
}
