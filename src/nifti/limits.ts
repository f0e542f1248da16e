/** What reading one file may cost at most. Passed in by the caller: the code has no limits of its own. */
export interface NiftiLimits {
  /** Bytes of the file as sent. */
  readonly maxFileBytes: number
  /** Bytes of header, extensions and voxels once inflated; nothing beyond what the header promises is inflated. */
  readonly maxInflatedBytes: number
  readonly maxVoxels: number
}
