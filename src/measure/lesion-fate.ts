/**
 * What became of each lesion between two dates, by overlap: lesions of both maps that share a voxel belong together. All of it is
 * the same the other way round: exchange the maps, and new is gone, grown is shrunk, merged is split.
 */
import { connectedComponents } from '../labels/components.ts'
import { applyAffine, type Vector, voxelVolumeMl } from '../volume/affine.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { type Groups, grouped } from './lesion-groups.ts'

export type Fate = 'new' | 'gone' | 'grown' | 'shrunk' | 'merged' | 'split' | 'unchanged'

/** By how many dates a group of lesions is shown, and whether each that shows it is sure of one of them. */
export type Seen = 'at-both' | 'doubtful-at-one' | 'at-one'

export interface LesionChange {
  readonly fate: Fate
  /** How many lesions it was, and is. */
  readonly lesionsBefore: number
  readonly lesionsAfter: number
  readonly beforeMl: number
  readonly afterMl: number
  readonly seen: Seen
  /** A change of no more than this is what two scans of one day show, and counts as none. */
  readonly noiseMl: number
  /** The centroid of all its voxels of both dates, RAS+ mm of the grid. */
  readonly centroidMm: Vector
}

/** The largest change (mL) that is no more than noise, of a lesion that had so many mL on average of the two dates. */
export type NoiseOf = (meanMl: number, seen: Seen) => number

/** The maps without the lesions that their date alone would not call so (labels/doubtful.ts). */
export interface SureMaps {
  readonly before: Pick<LabelVolume, 'data'>
  readonly after: Pick<LabelVolume, 'data'>
}

/**
 * One entry for each group of lesions that belong together; largest first.
 * @param before and `after`: on one grid
 * @param value of the lesions, which are 26-connected
 * @param sure left out: all are sure
 */
export function lesionFates(
  before: LabelVolume,
  after: LabelVolume,
  value: number,
  noiseOf: NoiseOf,
  sure?: SureMaps,
): readonly LesionChange[] {
  return tracedFates(before, after, value, noiseOf, sure).changes
}

export interface TracedFates {
  readonly changes: readonly LesionChange[]
  /** The place in `changes`, from 1, of each voxel of the one map and of the other; 0 where there is no lesion. */
  readonly before: Int32Array
  readonly after: Int32Array
}

/** As lesionFates(), voxel by voxel. */
export function tracedFates(
  before: LabelVolume,
  after: LabelVolume,
  value: number,
  noiseOf: NoiseOf,
  sure: SureMaps = { before, after },
): TracedFates {
  const [from, to] = [before, after].map(({ data, shape }) => connectedComponents(data, shape, [value], 26).ids) as [
    Int32Array,
    Int32Array,
  ]
  const groups = grouped(from, to, before.shape)
  const voxelMl = voxelVolumeMl(before.affine)
  const sureOf = {
    before: sureGroups(from, groups.before, groups.count, sure.before.data, value),
    after: sureGroups(to, groups.after, groups.count, sure.after.data, value),
  }
  const unsorted = measured(groups, from, to, before.shape).map(
    ({ lesionsBefore, lesionsAfter, voxelsBefore, voxelsAfter, sums }, group): LesionChange => {
      const [beforeMl, afterMl] = [voxelsBefore * voxelMl, voxelsAfter * voxelMl]
      const isSure = sureOf.before[group] === 1 && sureOf.after[group] === 1
      const seen = lesionsBefore === 0 || lesionsAfter === 0 ? 'at-one' : isSure ? 'at-both' : 'doubtful-at-one'
      const noiseMl = noiseOf((beforeMl + afterMl) / 2, seen)
      const [i, j, k] = sums.map((sum) => sum / (voxelsBefore + voxelsAfter)) as [number, number, number]
      const fate = fateOf({ lesionsBefore, lesionsAfter, beforeMl, afterMl, noiseMl })
      return {
        ...{ fate, lesionsBefore, lesionsAfter, seen, beforeMl, afterMl, noiseMl },
        centroidMm: applyAffine(before.affine, i, j, k),
      }
    },
  )
  const largestMl = ({ beforeMl, afterMl }: LesionChange) => Math.max(beforeMl, afterMl)
  const order = [...unsorted.keys()].sort((a, b) => largestMl(unsorted[b]!) - largestMl(unsorted[a]!))
  const placeOf = new Int32Array(order.length)
  for (const [at, group] of order.entries()) placeOf[group] = at + 1
  const placed = (ids: Int32Array, group: Int32Array) => ids.map((id) => (id === 0 ? 0 : placeOf[group[id]!]!))
  return {
    changes: order.map((group) => unsorted[group]!),
    before: placed(from, groups.before),
    after: placed(to, groups.after),
  }
}

/** Inside the noise nothing has changed, not even the number: one voxel makes two lesions one. */
export function fateOf({
  lesionsBefore,
  lesionsAfter,
  beforeMl,
  afterMl,
  noiseMl,
}: Omit<LesionChange, 'fate' | 'centroidMm' | 'seen'>): Fate {
  if (Math.abs(afterMl - beforeMl) <= noiseMl) return 'unchanged'
  if (lesionsBefore === 0) return 'new'
  if (lesionsAfter === 0) return 'gone'
  if (lesionsAfter < lesionsBefore && afterMl > beforeMl) return 'merged'
  if (lesionsAfter > lesionsBefore && afterMl < beforeMl) return 'split'
  return afterMl > beforeMl ? 'grown' : 'shrunk'
}

/** 1 for each group of which a date has a voxel that it is sure of. */
function sureGroups(ids: Int32Array, groupOf: Int32Array, count: number, sure: Uint8Array, value: number): Uint8Array {
  const isSure = new Uint8Array(count)
  for (let at = 0; at < ids.length; at++) if (ids[at] !== 0 && sure[at] === value) isSure[groupOf[ids[at]!]!] = 1
  return isSure
}

interface Measured {
  lesionsBefore: number
  lesionsAfter: number
  voxelsBefore: number
  voxelsAfter: number
  /** The sums of the indices i, j, k of its voxels; voxels of both dates count twice. */
  sums: [number, number, number]
}

function measured({ before, after, count }: Groups, from: Int32Array, to: Int32Array, [nx, ny]: Shape): Measured[] {
  const groups = Array.from(
    { length: count },
    (): Measured => ({ lesionsBefore: 0, lesionsAfter: 0, voxelsBefore: 0, voxelsAfter: 0, sums: [0, 0, 0] }),
  )
  for (const group of before.subarray(1)) groups[group]!.lesionsBefore++
  for (const group of after.subarray(1)) groups[group]!.lesionsAfter++
  const add = (group: Measured, at: number) => {
    group.sums[0] += at % nx
    group.sums[1] += Math.floor(at / nx) % ny
    group.sums[2] += Math.floor(at / (nx * ny))
  }
  for (let at = 0; at < from.length; at++) {
    if (from[at] !== 0) {
      const group = groups[before[from[at]!]!]!
      group.voxelsBefore++
      add(group, at)
    }
    if (to[at] !== 0) {
      const group = groups[after[to[at]!]!]!
      group.voxelsAfter++
      add(group, at)
    }
  }
  return groups
}
