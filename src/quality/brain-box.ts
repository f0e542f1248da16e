/**
 * The box of the model grid in which the brain is, by what the tissue finder found in each scan (tissue-finder.ts). What it
 * misses of a brain is for others to notice (inference/find-labels.ts).
 */
import { connectedComponents, largestComponent } from '../labels/components.ts'
import { invert, multiply, spacingMm, voxelVolumeMl } from '../volume/affine.ts'
import type { Box } from '../volume/crop.ts'
import { release } from '../volume/release.ts'
import type { Affine, Grid, Shape } from '../volume/volume.ts'
import type { FoundTissue } from './tissue-finder.ts'

/** Of fluid, grey and white matter together: a voxel with less is rather something else. */
const LEAST_SHARE = 0.5
/** Smaller than this, what was found is no adult's brain, or not all of it. */
const LEAST_ML = 600
/** How far beyond the box of what was found labels may reach: of 26 real heads and brains one did by 12 mm (docs/decisions/0039). */
const MARGIN_MM = 12

/**
 * Around the largest piece that was found in each of the scans; null where one shows too little of a brain to go by.
 * @param found of each scan, with its motion: where the world that its affine speaks of lies in that of `grid`
 */
export function brainBox(
  found: readonly { readonly tissue: FoundTissue; readonly motion: Affine }[],
  grid: Grid,
): Box | null {
  const [low, high] = [[...grid.shape], [0, 0, 0]]
  for (const { tissue, motion } of found) {
    const piece = largestPiece(tissue)
    if (piece === null) return null
    const map = multiply(invert(grid.affine), multiply(motion, tissue.affine))
    for (const axis of [0, 1, 2] as const) {
      const [least, most] = extentAlong(piece, tissue.shape, map.slice(4 * axis, 4 * axis + 4))
      const reach = MARGIN_MM / spacingMm(grid.affine)[axis]
      low[axis] = Math.min(low[axis]!, Math.max(0, Math.floor(least - reach)))
      high[axis] = Math.max(high[axis]!, Math.min(grid.shape[axis], Math.ceil(most + reach) + 1))
    }
    release(piece)
  }
  const [x, y, z] = low as [number, number, number]
  const [xEnd, yEnd, zEnd] = high as [number, number, number]
  return xEnd > x && yEnd > y && zEnd > z ? { start: [x, y, z], end: [xEnd, yEnd, zEnd] } : null
}

/** 1 in the largest piece of brain; null where that is too small. Loops, because what from() takes leaves its values boxed. */
function largestPiece({ shape, affine, csf, grey, white }: FoundTissue): Uint8Array | null {
  const piece = new Uint8Array(csf.length)
  for (let at = 0; at < piece.length; at++) {
    piece[at] = csf[at]! + grey[at]! + white[at]! >= LEAST_SHARE ? 1 : 0
  }
  const { ids, voxels } = connectedComponents(piece, shape, [1], 6)
  const largest = largestComponent({ voxels })
  const isLarge = largest > 0 && voxels[largest]! * voxelVolumeMl(affine) >= LEAST_ML
  for (let at = 0; at < piece.length; at++) piece[at] = ids[at] === largest ? 1 : 0
  release(ids)
  return isLarge ? piece : null
}

/** Least and most of one coordinate over the voxels of a piece, with the half of a voxel around each; `row` is that of the map. */
function extentAlong(piece: Uint8Array, [nx, ny, nz]: Shape, row: readonly number[]): [least: number, most: number] {
  const [byX, byY, byZ, shift] = row as [number, number, number, number]
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at++) {
        if (piece[at] === 0) continue
        const place = byX * i + byY * j + byZ * k + shift
        if (place < least) least = place
        if (place > most) most = place
      }
    }
  }
  const half = Math.max(Math.abs(byX), Math.abs(byY), Math.abs(byZ)) / 2
  return [least - half, most + half]
}
