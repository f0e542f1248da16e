/** Boxes of voxels: find the one that holds the foreground, widen it, cut it out. */
import { applyAffine } from './affine.ts'
import type { AxisMap } from './orientation.ts'
import { type RowSearch, searchAbove, searchFilled } from './row-search.ts'
import type { Grid, LabelVolume, Shape } from './volume.ts'

/** From `start` up to, not including, `end`, in voxels. */
export interface Box {
  readonly start: readonly [number, number, number]
  readonly end: readonly [number, number, number]
}

/** How many voxels past each end of a grid, along x, y, z. */
export interface Beyond {
  readonly low: readonly [number, number, number]
  readonly high: readonly [number, number, number]
}

export const NOTHING_BEYOND: Beyond = { low: [0, 0, 0], high: [0, 0, 0] }

/** The smallest box of all voxels above the threshold; null where there is none. */
export function boxAbove(data: Float32Array | Uint8Array, shape: Shape, threshold: number): Box | null {
  return boxOf(shape, searchAbove(data, threshold))
}

/** The smallest box of all voxels that are not 0; null where there is none. */
export function boxOfFilled(data: Float32Array | Uint8Array, shape: Shape): Box | null {
  return boxOf(shape, searchFilled(data))
}

function boxOf([nx, ny, nz]: Shape, { firstIn, endIn }: RowSearch): Box | null {
  let [x0, y0, z0, x1, y1, z1] = [nx, ny, nz, 0, 0, 0]
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = nx * (j + ny * k)
      const first = firstIn(row, row + nx) - row
      if (first === nx) continue
      // what lies within the box that is known already need not be looked at
      const end = endIn(row + x1, row + nx) - row
      if (first < x0) x0 = first
      if (end > x1) x1 = end
      if (j < y0) y0 = j
      if (j >= y1) y1 = j + 1
      if (k < z0) z0 = k
      z1 = k + 1
    }
  }
  return z1 === 0 ? null : { start: [x0, y0, z0], end: [x1, y1, z1] }
}

export type Sections = readonly [Float64Array, Float64Array, Float64Array]

/** How many voxels above the threshold each plane across x, y and z has. */
export function sectionsAbove(data: Float32Array | Uint8Array, [nx, ny, nz]: Shape, threshold: number): Sections {
  const sections = [new Float64Array(nx), new Float64Array(ny), new Float64Array(nz)] as const
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at++) {
        if (!(data[at]! > threshold)) continue
        sections[0][i]!++
        sections[1][j]!++
        sections[2][k]!++
      }
    }
  }
  return sections
}

/** The sections of the same voxels once their axes are in the map's order (orientation.ts). */
export function reorientSections(sections: Sections, { axes, flips }: AxisMap): Sections {
  const along = (c: 0 | 1 | 2): Float64Array => (flips[c] ? sections[axes[c]].toReversed() : sections[axes[c]])
  return [along(0), along(1), along(2)]
}

/** How much the first and the last plane along each axis show, as a share of the largest section; NaN where there is nothing. */
export function endShares(sections: Sections): readonly { readonly low: number; readonly high: number }[] {
  return sections.map((areas) => {
    const largest = areas.reduce((most, area) => Math.max(most, area), 0)
    return { low: areas[0]! / largest, high: areas.at(-1)! / largest }
  })
}

/** The box with a margin (voxels along each axis) on all sides, cut at the edges of the volume. */
export function widen({ start, end }: Box, margin: readonly [number, number, number], shape: Shape): Box {
  const low = (axis: 0 | 1 | 2): number => Math.max(0, start[axis] - margin[axis])
  const high = (axis: 0 | 1 | 2): number => Math.min(shape[axis], end[axis] + margin[axis])
  return { start: [low(0), low(1), low(2)], end: [high(0), high(1), high(2)] }
}

/** How much of the margin lies beyond the edges of the volume. */
export function missingOf({ start, end }: Box, margin: readonly [number, number, number], shape: Shape): Beyond {
  const low = (axis: 0 | 1 | 2): number => Math.max(0, margin[axis] - start[axis])
  const high = (axis: 0 | 1 | 2): number => Math.max(0, end[axis] + margin[axis] - shape[axis])
  return { low: [low(0), low(1), low(2)], high: [high(0), high(1), high(2)] }
}

/** How long a box is along each axis. */
export function sizeOf({ start, end }: Box): Shape {
  return [end[0] - start[0], end[1] - start[1], end[2] - start[2]]
}

/** The grid of the voxels in the box: the affine is shifted so that no voxel moves in the world. */
export function cropGrid({ affine }: Grid, box: Box): Grid {
  const [x, y, z] = applyAffine(affine, ...box.start)
  return {
    shape: sizeOf(box),
    affine: affine.map((value, at) => (at === 3 ? x : at === 7 ? y : at === 11 ? z : value)),
  }
}

/** A copy of the voxels in the box. */
export function crop<Data extends Float32Array | Uint8Array>(data: Data, shape: Shape, { start, end }: Box): Data {
  const width = end[0] - start[0]
  const length = width * (end[1] - start[1]) * (end[2] - start[2])
  const out = (data instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length)) as Data
  let at = 0
  for (let k = start[2]; k < end[2]; k++) {
    for (let j = start[1]; j < end[1]; j++, at += width) {
      const row = start[0] + shape[0] * (j + shape[1] * k)
      out.set(data.subarray(row, row + width), at)
    }
  }
  return out
}

/** The part of a label map in the box, where it lies. */
export function cropLabels(map: LabelVolume, box: Box): LabelVolume {
  return { ...cropGrid(map, box), data: crop(map.data, map.shape, box) }
}

/** Lays what crop() gave back into `data`. */
export function paste(data: Uint8Array, shape: Shape, { start, end }: Box, part: Uint8Array): void {
  const width = end[0] - start[0]
  let at = 0
  for (let k = start[2]; k < end[2]; k++) {
    for (let j = start[1]; j < end[1]; j++, at += width) {
      data.set(part.subarray(at, at + width), start[0] + shape[0] * (j + shape[1] * k))
    }
  }
}

/** The box of the same voxels once their axes are in the map's order (orientation.ts). */
export function reorientBox({ start, end }: Box, shape: Shape, { axes, flips }: AxisMap): Box {
  const low = (c: 0 | 1 | 2): number => (flips[c] ? shape[axes[c]]! - end[axes[c]]! : start[axes[c]]!)
  const high = (c: 0 | 1 | 2): number => (flips[c] ? shape[axes[c]]! - start[axes[c]]! : end[axes[c]]!)
  return { start: [low(0), low(1), low(2)], end: [high(0), high(1), high(2)] }
}
