/** Cuts patches out of the channels of a grid, as the network wants them. */

import { type Beyond, NOTHING_BEYOND } from '../volume/crop.ts'
import { minimum } from '../volume/minimum.ts'
import type { Grid, Volume } from '../volume/volume.ts'

type Triple = readonly [number, number, number]

export interface NetworkInput {
  readonly grid: Grid
  /** In the network's order, all on `grid`; null = not sent, fed as zeros. */
  readonly channels: readonly (Volume<'model'> | null)[]
  /**
   * How far past the ends of the grid the patches reach where the head goes on beyond them; absent: nowhere. What is there
   * nobody knows: the network is shown the outer plane again and again.
   */
  readonly beyond?: Beyond
}

/** What of a row of a patch lies beside the grid, from `start` to `end`. */
function readSide(
  patch: Float32Array,
  to: number,
  data: Float32Array,
  row: number,
  alongX: Int32Array,
  start: number,
  end: number,
  outside: number,
): void {
  for (let i = start; i < end; i++) patch[to + i] = alongX[i]! < 0 ? outside : data[row + alongX[i]!]!
}

/** Of so few at a time a loop is faster than a view of them. */
function copy(target: Float32Array, to: number, source: Float32Array, from: number, count: number): void {
  for (let i = 0; i < count; i++) target[to + i] = source[from + i]!
}

/**
 * A function that gives the patch of those sides that starts at (x, y, z), [C, D, H, W], a channel after the other. What lies outside of the grid is
 * filled with the channel's minimum, which is background after normalisation, but at the ends where the head goes on the
 * outer plane is repeated; a channel that was not sent is zero. Every call fills the same memory.
 *
 * @param mostVoxels of a patch
 *
 *   5 voxels, patch 8 from −1, beyond { low 1, high 0 }  →  0 0 1 2 3 4 - -     (-: background)
 */
export function patchReader(
  { grid, channels, beyond = NOTHING_BEYOND }: NetworkInput,
  mostVoxels: number,
): (start: Triple, sides: Triple) => Float32Array {
  const [nx, ny] = grid.shape
  const count = channels.length
  const room = new Float32Array(mostVoxels * count)
  const padding = channels.map((channel) => (channel ? minimum(channel.data) : 0))
  /** The plane that is read at each step of a patch, −1 where it is background. */
  const along = (axis: 0 | 1 | 2, start: number, length: number): Int32Array =>
    Int32Array.from({ length }, (_, step) => {
      const last = grid.shape[axis] - 1
      if (start + step < 0) return beyond.low[axis] > 0 ? 0 : -1
      if (start + step > last) return beyond.high[axis] > 0 ? last : -1
      return start + step
    })

  return ([x, y, z], [w, h, d]) => {
    const voxels = d * h * w
    const patch = room.subarray(0, voxels * count)
    const [alongX, alongY, alongZ] = [along(0, x, w), along(1, y, h), along(2, z, d)]
    // of a row what lies on the grid is copied at once
    const inside = Math.max(0, -x)
    const insideEnd = Math.max(inside, Math.min(w, nx - x))
    for (const [c, channel] of channels.entries()) {
      let to = c * voxels
      if (!channel) {
        patch.fill(0, to, to + voxels)
        continue
      }
      const { data } = channel
      const outside = padding[c]!
      for (const k of alongZ) {
        for (const j of alongY) {
          if (k < 0 || j < 0) {
            patch.fill(outside, to, to + w)
          } else {
            const row = nx * (j + ny * k)
            readSide(patch, to, data, row, alongX, 0, inside, outside)
            copy(patch, to + inside, data, row + x + inside, insideEnd - inside)
            readSide(patch, to, data, row, alongX, insideEnd, w, outside)
          }
          to += w
        }
      }
    }
    return patch
  }
}
