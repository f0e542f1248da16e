/**
 * The fluid of the ventricles, told from that of the sulci by where it lies, for the labels know but one fluid: it is wide,
 * deep below the surface of the brain, and surrounded by white matter rather than cortex (docs/decisions/0040).
 */
import { connectedComponents, largestComponent } from '../labels/components.ts'
import { outside } from '../labels/outside.ts'
import { spacingMm } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { boxSum } from './box-sum.ts'
import { roughDistanceMm2 } from './distance.ts'

/** Values of the tissues in a map; lesions stand for the white matter that they lie in. */
export interface BrainValues {
  readonly csf: number
  readonly grey: number
  readonly white: number
  readonly lesions: readonly number[]
}

/** Where ventricles begin: so deep below the outside of the brain, and so far from all that is no fluid. */
const DEEP_MM = 20
const WIDE_MM = 1.5
/** Of the tissue within so far along each axis, so much is white; where they end, so much. */
const AROUND_MM = 8
const WHITE_SHARE = 0.4
const LEAST_WHITE_SHARE = 0.2
/** Of sums of shares; one voxel too few makes 0.2. */
const ROUNDING = 0.01
/** Pieces that begin so small, of the largest, are none. */
const LEAST_PIECE = 0.2
/** From where they begin through fluid to the wall. */
const GROW_MM = 4

/**
 * 1 in the ventricles, else 0; nothing where no fluid is like them.
 * Memory: 8 bytes a voxel.
 */
export function ventricles({ data, shape, affine }: LabelVolume, values: BrainValues): Uint8Array {
  const spacing = spacingMm(affine)
  const isFluid = data.map((label) => (label === values.csf ? 1 : 0))
  const found = isFluid.slice()
  keepFarFrom(found, outside(data, shape, 0), DEEP_MM, shape, spacing)
  keepFarFrom(
    found,
    isFluid.map((fluid) => 1 - fluid),
    WIDE_MM,
    shape,
    spacing,
  )
  keepAmongWhite(found, data, shape, spacing, values, WHITE_SHARE)
  keepLargePieces(found, shape)
  const distance = roughDistanceMm2(found, shape, spacing)
  for (let at = 0; at < found.length; at++) found[at] = isFluid[at] === 1 && distance[at]! <= GROW_MM ** 2 ? 1 : 0
  release(distance)
  keepAmongWhite(found, data, shape, spacing, values, LEAST_WHITE_SHARE)
  return found
}

/** In place: 0 where `mask` is so near or nearer. */
function keepFarFrom(
  found: Uint8Array,
  mask: Uint8Array,
  mm: number,
  shape: Shape,
  spacing: readonly [number, number, number],
): void {
  const distance = roughDistanceMm2(mask, shape, spacing)
  for (let at = 0; at < found.length; at++) if (distance[at]! <= mm ** 2) found[at] = 0
  release(distance)
}

/** In place: 0 where no more than `share` of the grey and white matter around is white. */
function keepAmongWhite(
  found: Uint8Array,
  data: Uint8Array,
  shape: Shape,
  spacing: readonly [number, number, number],
  { grey, white, lesions }: BrainValues,
  share: number,
): void {
  const reach = spacing.map((mm) => Math.round(AROUND_MM / mm)) as [number, number, number]
  // above 0 where white / (white + grey) is above the share; in the middle of a wide ventricle there is neither
  const lead = new Float32Array(data.length)
  for (let at = 0; at < lead.length; at++) {
    const label = data[at]!
    if (label === white || lesions.includes(label)) lead[at] = 1 - share
    else if (label === grey) lead[at] = -share
  }
  boxSum(lead, shape, reach)
  for (let at = 0; at < found.length; at++) if (lead[at]! < -ROUNDING) found[at] = 0
  release(lead)
}

function keepLargePieces(found: Uint8Array, shape: Shape): void {
  const { ids, voxels } = connectedComponents(found, shape, [1], 6)
  const least = LEAST_PIECE * voxels[largestComponent({ voxels })]!
  for (let at = 0; at < found.length; at++) if (voxels[ids[at]!]! < least) found[at] = 0
  release(ids)
}
