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
import { squaredDistanceMm2 } from './distance.ts'

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
/** Pieces that begin so small, of the largest, are none. */
const LEAST_PIECE = 0.2
/** From where they begin through fluid to the wall. */
const GROW_MM = 4

/**
 * 1 in the ventricles, else 0; nothing where no fluid is like them.
 * Memory: 12 bytes a voxel.
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
  const white = whiteShares(data, shape, spacing, values)
  for (let at = 0; at < found.length; at++) if (white[at]! <= WHITE_SHARE * 255) found[at] = 0
  keepLargePieces(found, shape)
  const distance = squaredDistanceMm2(found, shape, spacing)
  for (let at = 0; at < found.length; at++)
    found[at] = isFluid[at] === 1 && distance[at]! <= GROW_MM ** 2 && white[at]! > LEAST_WHITE_SHARE * 255 ? 1 : 0
  release(distance)
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
  const distance = squaredDistanceMm2(mask, shape, spacing)
  for (let at = 0; at < found.length; at++) if (distance[at]! <= mm ** 2) found[at] = 0
  release(distance)
}

/** Of the grey and white matter around each voxel: the share of the white, 0 … 255 for 0 … 1. */
function whiteShares(
  data: Uint8Array,
  shape: Shape,
  spacing: readonly [number, number, number],
  { grey, white, lesions }: BrainValues,
): Uint8Array {
  const reach = spacing.map((mm) => Math.round(AROUND_MM / mm)) as [number, number, number]
  const whites = Float32Array.from(data, (label) => (label === white || lesions.includes(label) ? 1 : 0))
  const greys = Float32Array.from(data, (label) => (label === grey ? 1 : 0))
  boxSum(whites, shape, reach)
  boxSum(greys, shape, reach)
  const shares = new Uint8Array(data.length)
  for (let at = 0; at < shares.length; at++) {
    const both = whites[at]! + greys[at]!
    // in the middle of a wide ventricle there is no tissue as near as that
    shares[at] = both > 0 ? Math.round((255 * whites[at]!) / both) : 255
  }
  release(whites)
  release(greys)
  return shares
}

function keepLargePieces(found: Uint8Array, shape: Shape): void {
  const { ids, voxels } = connectedComponents(found, shape, [1], 6)
  const least = LEAST_PIECE * voxels[largestComponent({ voxels })]!
  for (let at = 0; at < found.length; at++) if (voxels[ids[at]!]! < least) found[at] = 0
  release(ids)
}
