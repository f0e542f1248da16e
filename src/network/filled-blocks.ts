/** Which blocks of a lattice hold anything, so that it can be asked of any box of them at once. */
import type { Beyond, Box } from '../volume/crop.ts'
import type { FilledRows } from '../volume/filled-rows.ts'
import type { Shape } from '../volume/volume.ts'

/** What rows hold of a grid: all voxels between their ends. Where the head goes on beyond the grid, what is there counts with its outer voxels. */
export interface Filled {
  readonly shape: Shape
  readonly beyond: Beyond
  /** Absent: all of the grid is held. */
  readonly rows?: FilledRows | undefined
}

export interface FilledBlocks {
  /** How many there are along x, y, z. */
  readonly counts: readonly [number, number, number]
  /** The smallest box, in blocks, that holds all that `box` does; null where that is nothing. */
  readonly around: (box: Box) => Box | null
}

/** The box of all that rows hold, in voxels, below 0 and above the grid's ends where the head goes on; null where they are empty. */
export function boxOf(filled: Filled): Box | null {
  const [none, all] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  let [x0, y0, z0, x1, y1, z1] = [all, all, all, none, none, none]
  eachRow(filled, (xFirst, xEnd, yFirst, yEnd, zFirst, zEnd) => {
    if (xFirst < x0) x0 = xFirst
    if (xEnd > x1) x1 = xEnd
    if (yFirst < y0) y0 = yFirst
    if (yEnd > y1) y1 = yEnd
    if (zFirst < z0) z0 = zFirst
    if (zEnd > z1) z1 = zEnd
  })
  return x1 === none ? null : { start: [x0, y0, z0], end: [x1, y1, z1] }
}

/** Blocks of `side` voxels along each axis, the first of them at the start of `box`, the last up to or past its end. */
export function filledBlocks(filled: Filled, { start, end }: Box, side: number): FilledBlocks {
  const countAlong = (axis: 0 | 1 | 2): number => Math.ceil((end[axis] - start[axis]) / side)
  const counts = [countAlong(0), countAlong(1), countAlong(2)] as const
  const [nx, ny, nz] = counts
  const [yStep, zStep] = [nx + 1, (nx + 1) * (ny + 1)]
  /** How many blocks that hold something lie before each corner of the lattice; at first whether the block that ends there does. */
  const before = new Int32Array(zStep * (nz + 1))
  eachRow(filled, (x0, x1, y0, y1, z0, z1) => {
    const i0 = Math.floor((x0 - start[0]) / side)
    const i1 = Math.ceil((x1 - start[0]) / side)
    for (let k = Math.floor((z0 - start[2]) / side); k * side < z1 - start[2]; k++) {
      for (let j = Math.floor((y0 - start[1]) / side); j * side < y1 - start[1]; j++) {
        const row = (k + 1) * zStep + (j + 1) * yStep + 1
        before.fill(1, row + i0, row + i1)
      }
    }
  })
  for (let k = 1; k <= nz; k++) {
    for (let j = 1; j <= ny; j++) {
      let along = 0
      for (let i = 1, at = k * zStep + j * yStep + 1; i <= nx; i++, at++) {
        along += before[at]!
        before[at] = along + before[at - yStep]! + before[at - zStep]! - before[at - zStep - yStep]!
      }
    }
  }
  const upTo = (x: number, y: number, z0: number, z1: number): number =>
    before[z1 * zStep + y * yStep + x]! - before[z0 * zStep + y * yStep + x]!
  const isEmpty = (x0: number, x1: number, y0: number, y1: number, z0: number, z1: number): boolean =>
    upTo(x1, y1, z0, z1) - upTo(x0, y1, z0, z1) === upTo(x1, y0, z0, z1) - upTo(x0, y0, z0, z1)
  return {
    counts,
    around({ start, end }) {
      let [[x0, y0, z0], [x1, y1, z1]] = [start, end]
      if (isEmpty(x0, x1, y0, y1, z0, z1)) return null
      while (isEmpty(x0, x0 + 1, y0, y1, z0, z1)) x0++
      while (isEmpty(x1 - 1, x1, y0, y1, z0, z1)) x1--
      while (isEmpty(x0, x1, y0, y0 + 1, z0, z1)) y0++
      while (isEmpty(x0, x1, y1 - 1, y1, z0, z1)) y1--
      while (isEmpty(x0, x1, y0, y1, z0, z0 + 1)) z0++
      while (isEmpty(x0, x1, y0, y1, z1 - 1, z1)) z1--
      return { start: [x0, y0, z0], end: [x1, y1, z1] }
    },
  }
}

type Held = (xFirst: number, xEnd: number, yFirst: number, yEnd: number, zFirst: number, zEnd: number) => void

/** What each row holds, in voxels; one at an end of the grid where the head goes on is as thick as what is missing there. */
function eachRow({ shape: [nx, ny, nz], beyond: { low, high }, rows }: Filled, held: Held): void {
  for (let k = 0, row = 0; k < nz; k++) {
    const zFirst = k === 0 ? -low[2] : k
    const zEnd = k === nz - 1 ? nz + high[2] : k + 1
    for (let j = 0; j < ny; j++, row += nx) {
      const first = rows?.startOf(row) ?? 0
      const end = rows?.endOf(row) ?? nx
      if (first >= end) continue
      const yFirst = j === 0 ? -low[1] : j
      const yEnd = j === ny - 1 ? ny + high[1] : j + 1
      held(first === 0 ? -low[0] : first, end === nx ? nx + high[0] : end, yFirst, yEnd, zFirst, zEnd)
    }
  }
}
