/**
 * The fluid of the ventricles, told from that of the sulci and cisterns by where it lies, for the labels know but one fluid: it
 * begins where fluid is wide, deep below the surface of the brain and surrounded by white matter rather than cortex, and ends where
 * the fluid that lies less deep is reached by a wider way (docs/decisions/0040).
 */
import { connectedComponents, largestComponent } from '../labels/components.ts'
import { outside } from '../labels/outside.ts'
import { spacingMm, voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { boxSum } from './box-sum.ts'
import { roughDistanceMm2 } from './distance.ts'
import { flood, widthOf } from './flood.ts'

/** Values of the tissues in a map; lesions stand for the white matter that they lie in. */
export interface BrainValues {
  readonly csf: number
  readonly grey: number
  readonly white: number
  readonly lesions: readonly number[]
}

/** Deeper below the outside of the brain ventricles begin; fluid that lies less deep is none of theirs. */
const DEEP_MM = 20
/** So far from all that is no fluid: at the first of these at which enough of it is found. The ventricles of young heads are narrow. */
const WIDE_MM = [3, 1.5]
const ENOUGH_ML = 0.5
/** WHITE_SHARE of the tissue within AROUND_MM along each axis is white where ventricles begin; elsewhere LEAST_WHITE_SHARE is. */
const AROUND_MM = 8
const WHITE_SHARE = 0.4
const LEAST_WHITE_SHARE = 0.2
/** Running sums are right to less than this. */
const ONE_VOXEL = 0.5
const ROUNDING = 1e-4
/** Pieces that begin so small, of the largest, are none; nor are those to which a way from elsewhere leads that is so wide, of their own width. */
const LEAST_PIECE = 0.2
const WIDEST_WAY = 0.8
const [VENTRICLE, OTHER] = [1, 2] as const

/**
 * 1 in the ventricles, else 0; nothing where no fluid is like them.
 * Memory: 11 bytes a voxel.
 */
export function ventricles({ data, shape, affine }: LabelVolume, values: BrainValues): Uint8Array {
  const spacing = spacingMm(affine)
  const isFluid = data.map((label) => (label === values.csf ? 1 : 0))
  const isDeep = isFluid.slice()
  const air = outside(data, shape, 0)
  const depth = roughDistanceMm2(air, shape, spacing)
  release(air)
  keepFarther(isDeep, depth, DEEP_MM)
  release(depth)
  const around = whiteAround(data, shape, spacing, values)
  const isWall = isFluid.map((fluid) => 1 - fluid)
  const wall = roughDistanceMm2(isWall, shape, spacing)
  release(isWall)
  const others = isFluid.map((fluid, at) => (fluid === 1 && isDeep[at] === 0 ? OTHER : 0))
  const ways = flood(others, isFluid, wall, shape)
  release(others)
  const found = beginnings(isDeep, { wall, around, ways }, shape, ENOUGH_ML / voxelVolumeMl(affine))
  for (let at = 0; at < found.length; at++) {
    if (found[at] === 1) found[at] = VENTRICLE
    else if (isFluid[at] === 1 && isDeep[at] === 0) found[at] = OTHER
  }
  for (const done of [isDeep, ways]) release(done)
  release(flood(found, isFluid, wall, shape))
  for (const done of [wall, isFluid]) release(done)
  for (let at = 0; at < found.length; at++) if (found[at] === OTHER) found[at] = 0
  keepAmongWhite(found, around, LEAST_WHITE_SHARE)
  release(around)
  return found
}

interface Fluid {
  readonly wall: Float32Array
  readonly around: Float32Array
  /** From the fluid that lies less deep, as flood() gives them. */
  readonly ways: Uint8Array
}

/** Where the fluid is wide: 1, else 0. @param enough voxels, of which there are fewer only where no width finds as many */
function beginnings(isDeep: Uint8Array, fluid: Fluid, shape: Shape, enough: number): Uint8Array {
  let found = isDeep
  for (const mm of WIDE_MM) {
    if (found !== isDeep) release(found)
    found = isDeep.slice()
    keepFarther(found, fluid.wall, mm)
    keepAmongWhite(found, fluid.around, WHITE_SHARE)
    keepClosedPieces(found, fluid, shape)
    if (found.reduce((sum, one) => sum + one, 0) >= enough) break
  }
  return found
}

/** In place: 0 where it is no farther. */
function keepFarther(found: Uint8Array, distanceMm2: Float32Array, mm: number): void {
  for (let at = 0; at < found.length; at++) if (distanceMm2[at]! <= mm ** 2) found[at] = 0
}

/** The white share of the grey and white matter around each voxel; 1 where there is neither, as inside a wide ventricle. */
function whiteAround(
  data: Uint8Array,
  shape: Shape,
  spacing: readonly [number, number, number],
  values: BrainValues,
): Float32Array {
  const reach = spacing.map((mm) => Math.round(AROUND_MM / mm)) as [number, number, number]
  const [white, grey] = [new Float32Array(data.length), new Float32Array(data.length)]
  for (let at = 0; at < data.length; at++) {
    const label = data[at]!
    if (label === values.white || values.lesions.includes(label)) white[at] = 1
    else if (label === values.grey) grey[at] = 1
  }
  boxSum(white, shape, reach)
  boxSum(grey, shape, reach)
  for (let at = 0; at < white.length; at++) {
    const both = white[at]! + grey[at]!
    white[at] = both < ONE_VOXEL ? 1 : white[at]! / both
  }
  release(grey)
  return white
}

/** In place: 0 where less of the tissue around is white. */
function keepAmongWhite(found: Uint8Array, around: Float32Array, share: number): void {
  for (let at = 0; at < found.length; at++) if (around[at]! < share - ROUNDING) found[at] = 0
}

/** In place: the large ones that nothing leads into as wide as they are. */
function keepClosedPieces(found: Uint8Array, { wall, ways }: Fluid, shape: Shape): void {
  const { ids, voxels } = connectedComponents(found, shape, [1], 6)
  const least = LEAST_PIECE * voxels[largestComponent({ voxels })]!
  const [widths, widest] = [new Uint8Array(voxels.length), new Uint8Array(voxels.length)]
  for (let at = 0; at < found.length; at++) {
    const id = ids[at]!
    if (id === 0) continue
    widths[id] = Math.max(widths[id]!, widthOf(wall[at]!))
    widest[id] = Math.max(widest[id]!, ways[at]!)
  }
  for (let at = 0; at < found.length; at++) {
    const id = ids[at]!
    if (voxels[id]! < least || widest[id]! > WIDEST_WAY * widths[id]!) found[at] = 0
  }
  release(ids)
}
