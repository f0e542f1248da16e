/**
 * Which source voxels make one output voxel, along one axis.
 *
 * The output voxel is the mean of linear interpolations spread evenly over its own box: one at its centre, or, where
 * it is wider than 1.5 source voxels, one for every source voxel of its width (so that nothing between the centres is
 * skipped: no aliasing). Any such mean reproduces a linear ramp exactly.
 *
 * Worked example: scale 2, shift 0.5 (2 mm voxels over 1 mm ones): output 1 lies at 2.5, its two samples at 2 and 3,
 * so its taps are source 2 and 3, half each.
 */
import type { Affine, Shape } from './volume.ts'

/** Output o has taps first[o] … first[o + 1] − 1; none where it lies outside the source's field of view. */
export interface Taps {
  readonly first: Int32Array
  readonly index: Int32Array
  readonly weight: Float64Array
}

/** Taps along i, j, k for a diagonal index map. */
export function tapsOf(map: Affine, outputs: Shape, sources: Shape): readonly [Taps, Taps, Taps] {
  const along = (axis: 0 | 1 | 2): Taps => axisTaps(outputs[axis], sources[axis], map[5 * axis]!, map[4 * axis + 3]!)
  return [along(0), along(1), along(2)]
}

/** Every output voxel has taps. */
export function reachesAll({ first }: Taps): boolean {
  for (let o = 1; o < first.length; o++) if (first[o] === first[o - 1]) return false
  return true
}

/** How many an output voxel has at most. */
export function mostTaps({ first }: Taps): number {
  let most = 0
  for (let o = 1; o < first.length; o++) most = Math.max(most, first[o]! - first[o - 1]!)
  return most
}

/** Taps of an axis that has two a voxel at most, as nearly always: a loop without a loop in it takes a quarter less time. */
export interface PairedTaps {
  /** The first voxel that has taps, and after the last. */
  readonly from: number
  readonly end: number
  /** Of each voxel between them: its two taps, or the same one twice, the second then of weight 0. */
  readonly low: Int32Array
  readonly high: Int32Array
  readonly lowWeight: Float64Array
  readonly highWeight: Float64Array
}

/** Null where a voxel has more than two taps. */
export function pairedTaps(taps: Taps): PairedTaps | null {
  if (mostTaps(taps) > 2) return null
  const { first, index, weight } = taps
  const voxels = first.length - 1
  // of voxels in a row those that have a tap are in a row too
  const from = first.lastIndexOf(0)
  const end = first.indexOf(index.length)
  const of = <A extends Int32Array | Float64Array>(array: A, valueAt: (first: number, last: number) => number): A => {
    for (let i = from; i < end; i++) array[i] = valueAt(first[i]!, first[i + 1]! - 1)
    return array
  }
  return {
    from,
    end,
    low: of(new Int32Array(voxels), (at) => index[at]!),
    high: of(new Int32Array(voxels), (_, last) => index[last]!),
    lowWeight: of(new Float64Array(voxels), (at) => weight[at]!),
    highWeight: of(new Float64Array(voxels), (at, last) => (last > at ? weight[last]! : 0)),
  }
}

/** Every output voxel is one source voxel, as it is, or none, and its neighbour the next one. */
export function isCopy({ first, index, weight }: Taps): boolean {
  for (let o = 1; o < first.length; o++) if (first[o]! > first[o - 1]! + 1) return false
  return weight.every((share, at) => share === 1 && index[at] === index[0]! + at)
}

/** How many samples an output voxel of this width (in source voxels) takes. */
export function samplesAcross(widthVoxels: number): number {
  return widthVoxels > 1.5 ? Math.ceil(widthVoxels) : 1
}

/** Where sample q of `count` lies from the voxel's centre, in output voxels: 2 → −¼, +¼. */
function sampleOffset(q: number, count: number): number {
  return (q + 0.5) / count - 0.5
}

/** The field of view ends at the outer faces of the outer voxels, half a voxel beyond their centres. */
export function isInside(position: number, voxels: number): boolean {
  return position >= -0.5 && position <= voxels - 0.5
}

/** Taps for `outputs` voxels over `sources` voxels: source position = scale · output + shift, scale > 0. */
export function axisTaps(outputs: number, sources: number, scale: number, shift: number): Taps {
  const samples = samplesAcross(scale)
  const first = new Int32Array(outputs + 1)
  const index = new Int32Array(outputs * 2 * samples)
  const weight = new Float64Array(index.length)
  let count = 0
  for (let o = 0; o < outputs; o++) {
    const inside = Array.from({ length: samples }, (_, q) => shift + scale * (o + sampleOffset(q, samples)))
      .filter((position) => isInside(position, sources))
      .map((position) => Math.min(Math.max(position, 0), sources - 1))
    const add = (at: number, share: number): void => {
      if (share === 0) return
      if (count === first[o] || index[count - 1] !== at) index[count++] = at
      weight[count - 1]! += share / inside.length
    }
    for (const position of inside) {
      const below = Math.floor(position)
      add(below, 1 - (position - below))
      add(below + 1, position - below)
    }
    first[o + 1] = count
  }
  return { first, index: index.subarray(0, count), weight: weight.subarray(0, count) }
}

/** The samples of one voxel for a map that is not diagonal, as u, v, w offsets from its centre: 3 numbers each. */
export function samplesInVoxel(map: Affine): Float64Array {
  const count = (axis: number): number => samplesAcross(Math.hypot(map[axis]!, map[axis + 4]!, map[axis + 8]!))
  const along = [0, 1, 2].map((axis) => Array.from({ length: count(axis) }, (_, q) => sampleOffset(q, count(axis))))
  return Float64Array.from(along[2]!.flatMap((w) => along[1]!.flatMap((v) => along[0]!.flatMap((u) => [u, v, w]))))
}
