/** Where the logits of the patches go, one patch after the other in z order, until every voxel is decided. */
export interface LogitSink {
  /** Takes a patch's logits [K, D, H, W] that starts at (x, y, z); what lies outside of the grid is dropped. */
  add(logits: Float32Array, x: number, y: number, z: number): void
  /** No patch to come touches planes [from, to). */
  finish(from: number, to: number): void
  /** After the last plane: it holds nothing any more and takes nothing. */
  release(): void
}
