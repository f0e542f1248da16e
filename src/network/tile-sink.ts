/** Each voxel is decided by one tile (tiles.ts), as soon as its logits are there: none are kept. */
import type { FilledRows } from '../volume/filled-rows.ts'
import type { Shape } from '../volume/volume.ts'
import type { Decided, DecideRow } from './decide-row.ts'
import type { LogitSink } from './logit-sink.ts'
import { saysFrom, type TilePlan } from './tiles.ts'

/** @param rows nothing is decided beyond them; absent: they are as long as the grid */
export function tileSink(
  shape: Shape,
  { sides: [w, h, d], starts }: TilePlan,
  decideRow: DecideRow,
  found: Decided,
  rows?: FilledRows,
): LogitSink {
  const [nx, ny] = shape
  const stride = d * h * w
  /** From the start of a tile to the part [first, end) of the grid that it decides. */
  const parts = ([0, 1, 2] as const).map((axis) => {
    const from = saysFrom(starts[axis], [w, h, d][axis]!)
    return new Map(starts[axis].map((start, at) => [start, partOf(from, at, shape[axis])] as const))
  })
  const weights = new Float64Array(nx).fill(1)
  return {
    add(logits, x, y, z) {
      const [[xFirst, xEnd], [yFirst, yEnd], [zFirst, zEnd]] = [parts[0]!.get(x)!, parts[1]!.get(y)!, parts[2]!.get(z)!]
      for (let k = zFirst; k < zEnd; k++) {
        for (let j = yFirst; j < yEnd; j++) {
          const voxel = (k * ny + j) * nx
          const first = rows ? Math.max(xFirst, rows.startOf(voxel)) : xFirst
          const end = rows ? Math.min(xEnd, rows.endOf(voxel)) : xEnd
          decideRow({ logits, at: ((k - z) * h + j - y) * w - x, stride, weights }, found, voxel, first, end)
        }
      }
    },
    finish() {},
    release() {},
  }
}

/** The first tile decides from the grid's first voxel on, the last to its end. */
function partOf(from: readonly number[], at: number, length: number): readonly [number, number] {
  return [Math.max(0, from[at]!), Math.min(length, from[at + 1] ?? length)]
}
