/** Each voxel is decided by one tile (tiles.ts), as soon as its logits are there: none are kept. */
import type { FilledRows } from '../volume/filled-rows.ts'
import type { Shape } from '../volume/volume.ts'
import type { Decided, DecideRow } from './decide-row.ts'
import type { LogitSink } from './logit-sink.ts'
import type { Tile } from './tiles.ts'

/** @param rows nothing is decided beyond them; absent: they are as long as the grid */
export function tileSink(
  [nx, ny]: Shape,
  tiles: readonly Tile[],
  decideRow: DecideRow,
  found: Decided,
  rows?: FilledRows,
): LogitSink {
  const weights = new Float64Array(nx).fill(1)
  return {
    add(logits, at) {
      const { start, sides, part } = tiles[at]!
      const [[x, y, z], [w, h, d]] = [start, sides]
      const stride = d * h * w
      for (let k = part.start[2]; k < part.end[2]; k++) {
        for (let j = part.start[1]; j < part.end[1]; j++) {
          const voxel = (k * ny + j) * nx
          const first = rows ? Math.max(part.start[0], rows.startOf(voxel)) : part.start[0]
          const end = rows ? Math.min(part.end[0], rows.endOf(voxel)) : part.end[0]
          decideRow({ logits, at: ((k - z) * h + j - y) * w - x, stride, weights }, found, voxel, first, end)
        }
      }
    },
    release() {},
  }
}
