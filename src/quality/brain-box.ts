/**
 * The box of the model grid in which the brain is, by what the tissue finder found in each scan (tissue-finder.ts). What it
 * misses of a brain is for others to notice (inference/find-labels.ts).
 */
import { connectedComponents, largestComponent } from '../labels/components.ts'
import { applyAffine, invert, multiply, voxelVolumeMl } from '../volume/affine.ts'
import type { Box } from '../volume/crop.ts'
import { release } from '../volume/release.ts'
import type { Affine, Grid } from '../volume/volume.ts'
import type { FoundTissue } from './tissue-finder.ts'

/** Of fluid, grey and white matter together: a voxel with less is rather something else. */
const LEAST_SHARE = 0.5
/** Smaller than this, what was found is no adult's brain, or not all of it. */
const LEAST_ML = 600
/** How far beyond what was found the brain may reach: in 27 real scans it was 12 mm at most. */
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
    const { shape, affine, csf, grey, white } = tissue
    const isBrain = Uint8Array.from(csf, (share, at) => (share + grey[at]! + white[at]! >= LEAST_SHARE ? 1 : 0))
    const { ids, voxels } = connectedComponents(isBrain, shape, [1], 6)
    const largest = largestComponent({ voxels })
    if (largest === 0 || voxels[largest]! * voxelVolumeMl(affine) < LEAST_ML) return null
    const map = multiply(invert(grid.affine), multiply(motion, affine))
    // half a voxel of what was found, and the margin, along each axis of the grid
    const reach = [0, 1, 2].map((axis) => {
      const own = Math.max(...[0, 1, 2].map((by) => Math.abs(map[4 * axis + by]!))) / 2
      return own + MARGIN_MM / Math.hypot(grid.affine[axis]!, grid.affine[4 + axis]!, grid.affine[8 + axis]!)
    })
    for (let at = 0; at < ids.length; at++) {
      if (ids[at] !== largest) continue
      const place = applyAffine(
        map,
        at % shape[0],
        Math.floor(at / shape[0]) % shape[1],
        Math.floor(at / (shape[0] * shape[1])),
      )
      for (const axis of [0, 1, 2] as const) {
        low[axis] = Math.min(low[axis]!, Math.max(0, Math.floor(place[axis] - reach[axis]!)))
        high[axis] = Math.max(high[axis]!, Math.min(grid.shape[axis], Math.ceil(place[axis] + reach[axis]!) + 1))
      }
    }
    release(ids)
  }
  const [x, y, z] = low as [number, number, number]
  const [xEnd, yEnd, zEnd] = high as [number, number, number]
  return xEnd > x && yEnd > y && zEnd > z ? { start: [x, y, z], end: [xEnd, yEnd, zEnd] } : null
}
