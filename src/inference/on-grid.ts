/** How sure the network was, on the grid of a scan. */
import { leastSurePlaces, type UnsurePlace } from '../measure/least-sure.ts'
import type { FoundLabels } from '../network/sliding-window.ts'
import { applyAffine, invert, multiply } from '../volume/affine.ts'
import { nearestOn } from '../volume/nearest.ts'
import type { Grid, LabelVolume } from '../volume/volume.ts'

/** At the nearest voxel of the grid that the network saw, 0 … 255; 0 where it did not look. */
export function confidenceOn({ shape, affine }: Grid, found: FoundLabels): LabelVolume {
  return { shape, affine, data: nearestOn({ ...found, data: found.confidence }, { shape, affine }, 0) }
}

/** The places are looked for on the grid that the network saw, and told in voxels of the other. */
export function leastSureOn({ affine }: Grid, cleaned: FoundLabels, most: number): readonly UnsurePlace[] {
  const onGrid = multiply(invert(affine), cleaned.affine)
  return leastSurePlaces(cleaned, most).map((place) => ({ ...place, voxel: applyAffine(onGrid, ...place.voxel) }))
}
