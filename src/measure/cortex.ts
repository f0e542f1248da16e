/**
 * The grey matter of the cortex, told from the deep nuclei by where it lies, for the labels know but one grey matter: nuclei
 * lie near the ventricles and away from the outside of the brain and the fluid in its folds (docs/decisions/0040).
 */
import { outside } from '../labels/outside.ts'
import { spacingMm } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { roughDistanceMm2 } from './distance.ts'
import type { BrainValues } from './ventricles.ts'

/** Nuclei are farther than this from the surface, and no farther than that from a ventricle. */
const BELOW_SURFACE_MM = 4
const BESIDE_VENTRICLE_MM = 20

/**
 * 1 in grey matter that is no nucleus, else 0.
 * @param isVentricle as ventricles() gives it
 * Memory: 7 bytes a voxel.
 */
export function cortex({ data, shape, affine }: LabelVolume, values: BrainValues, isVentricle: Uint8Array): Uint8Array {
  const spacing = spacingMm(affine)
  const found = data.map((label) => (label === values.grey ? 1 : 0))
  const surface = outside(data, shape, 0)
  for (let at = 0; at < data.length; at++) if (data[at] === values.csf && isVentricle[at] === 0) surface[at] = 1
  const below = roughDistanceMm2(surface, shape, spacing)
  const isBelow = surface.map((_, at) => (below[at]! > BELOW_SURFACE_MM ** 2 ? 1 : 0))
  release(below)
  const beside = roughDistanceMm2(isVentricle, shape, spacing)
  for (let at = 0; at < found.length; at++)
    if (isBelow[at] === 1 && beside[at]! <= BESIDE_VENTRICLE_MM ** 2) found[at] = 0
  release(beside)
  return found
}
