/** Cuts patches out of the channels of a grid, as the network wants them. */
import { minimum } from '../volume/minimum.ts'
import type { Grid, Volume } from '../volume/volume.ts'

export interface NetworkInput {
  readonly grid: Grid
  /** In the network's order, all on `grid`; null = not sent, fed as zeros. */
  readonly channels: readonly (Volume<'model'> | null)[]
}

/**
 * A function that gives the patch starting at (x, y, z), [D, H, W, C], channel last. What lies outside of the grid is
 * filled with the channel's minimum, which is background after normalisation; a channel that was not sent is zero.
 * Every call fills the same array.
 */
export function patchReader(
  { grid, channels }: NetworkInput,
  [w, h, d]: readonly [number, number, number],
): (x: number, y: number, z: number) => Float32Array {
  const [nx, ny, nz] = grid.shape
  const count = channels.length
  const patch = new Float32Array(d * h * w * count)
  const padding = channels.map((channel) => (channel ? minimum(channel.data) : 0))

  return (x, y, z) => {
    for (const [c, channel] of channels.entries()) {
      if (!channel) continue
      const { data } = channel
      const outside = padding[c]!
      let to = c
      for (let k = z; k < z + d; k++) {
        for (let j = y; j < y + h; j++) {
          const row = nx * (j + ny * k)
          const inside = k < nz && j < ny ? nx : 0
          for (let i = x; i < x + w; i++, to += count) patch[to] = i < inside ? data[row + i]! : outside
        }
      }
    }
    return patch
  }
}
