/**
 * Which anatomical direction each stored axis runs along, and how to walk data in the canonical order R, A, S.
 * Axes are permuted and flipped, nothing is ever interpolated here.
 */
import { spacingMm } from './affine.ts'
import type { Affine, Grid, Shape } from './volume.ts'

/** Canonical axis c is the stored axis `axes[c]`, run backwards where `flips[c]`. */
export interface AxisMap {
  readonly axes: readonly [number, number, number]
  readonly flips: readonly [boolean, boolean, boolean]
}

export const AS_STORED: AxisMap = { axes: [0, 1, 2], flips: [false, false, false] }

/** How to walk stored data in canonical order: canonical (i, j, k) is stored at offset + i·s₀ + j·s₁ + k·s₂. */
export interface Walk {
  readonly offset: number
  readonly strides: readonly [number, number, number]
}

/**
 * The axis map to the closest canonical frame. The largest direction cosine left is matched first, so the answer
 * does not depend on the order in which the axes are stored; where every axis has a world axis of its own, it is
 * nibabel's io_orientation (which goes through the stored axes in order).
 */
export function closestAxes(affine: Affine): AxisMap {
  const spacing = spacingMm(affine)
  const pairs = [0, 1, 2]
    .flatMap((world) =>
      [0, 1, 2].map((stored) => ({ world, stored, cos: affine[4 * world + stored]! / spacing[stored]! })),
    )
    .sort((a, b) => Math.abs(b.cos) - Math.abs(a.cos))
  const axes: [number, number, number] = [-1, -1, -1]
  const flips: [boolean, boolean, boolean] = [false, false, false]
  for (const { world, stored, cos } of pairs) {
    if (axes[world] !== -1 || axes.includes(stored)) continue
    axes[world] = stored
    flips[world] = cos < 0
  }
  return { axes, flips }
}

/** The axis map from a grid to RAS order. */
export function toCanonical(grid: { readonly affine: Affine }): AxisMap {
  return closestAxes(grid.affine)
}

/** 'RAS', 'LPI', …: the direction in which each stored axis grows, as nibabel's aff2axcodes. */
export function orientationCode(affine: Affine): string {
  const { axes, flips } = closestAxes(affine)
  const letters = ['', '', '']
  axes.forEach((stored, world) => {
    letters[stored] = ['RL', 'AP', 'SI'][world]![flips[world] ? 1 : 0]!
  })
  return letters.join('')
}

function reorientShape(shape: Shape, { axes }: AxisMap): Shape {
  return [shape[axes[0]]!, shape[axes[1]]!, shape[axes[2]]!]
}

/** The same voxels at the same places in the world, their axes in the map's order. */
export function reorientGrid({ shape, affine }: Grid, map: AxisMap): Grid {
  const out = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
  for (const row of [0, 4, 8]) {
    out[row + 3] = affine[row + 3]!
    map.axes.forEach((stored, canonical) => {
      const step = affine[row + stored]!
      out[row + canonical] = map.flips[canonical] ? 0 - step : step
      if (map.flips[canonical]) out[row + 3]! += step * (shape[stored]! - 1)
    })
  }
  return { shape: reorientShape(shape, map), affine: out }
}

/** Strides into data stored with `shape`, for walking it in the map's order without copying it. */
export function walkOf(shape: Shape, map: AxisMap): Walk {
  const stored = [1, shape[0], shape[0] * shape[1]]
  const strides: [number, number, number] = [0, 0, 0]
  let offset = 0
  map.axes.forEach((axis, canonical) => {
    const stride = stored[axis]!
    strides[canonical] = map.flips[canonical] ? -stride : stride
    if (map.flips[canonical]) offset += stride * (shape[axis]! - 1)
  })
  return { offset, strides }
}
