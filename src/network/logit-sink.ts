/** Where the logits of the patches go, one patch after the other, until every voxel is decided. */
export interface LogitSink {
  /** Takes the logits [K, D, H, W] of the patch of this number; what lies outside of the grid is dropped. */
  add(logits: Float32Array, at: number): void
  /** After the last patch: it holds nothing any more and takes nothing. */
  release(): void
}
