/** Sizes of what a label map holds: voxels and mL (as many digits as decimals.ts says) for each label, and the lesions one by one. */
import { componentRuns, largestComponent } from '../labels/components.ts'
import { applyAffine, voxelVolumeMl } from '../volume/affine.ts'
import { fourAtOnce, nextFilled } from '../volume/next-filled.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { volumeOf } from './decimals.ts'

export interface LabelSize {
  readonly value: number
  readonly voxels: number
  readonly volumeMl: number
}

export interface Lesion {
  readonly voxels: number
  readonly volumeMl: number
  /** Centre of mass in the world, RAS mm. */
  readonly centroidMm: readonly [number, number, number]
}

/** The lesions that are listed, voxel by voxel. */
export interface Listed {
  /** The place in the list, from 1, of each voxel's lesion; 0 where there is none that is listed. */
  readonly listOf: Uint16Array
  readonly lesions: Lesions
}

export interface Lesions {
  readonly count: number
  readonly totalMl: number
  readonly largestMl: number
  /** Largest first; of many only the largest. */
  readonly list: readonly Lesion[]
}

/** The volume of all labels but the background. */
export function labelledMl({ data, affine }: LabelVolume): number {
  const [words, end] = [fourAtOnce(data), data.length]
  let voxels = 0
  for (let at = 0; at < end; ) {
    at = nextFilled(data, words, at, end)
    for (; at < end && data[at] !== 0; at++) voxels++
  }
  return voxels * voxelVolumeMl(affine)
}

/** One entry for each value 0 … labelCount − 1. */
export function labelSizes({ data, affine }: LabelVolume, labelCount: number): LabelSize[] {
  const voxels = new Float64Array(256)
  const [words, end] = [fourAtOnce(data), data.length]
  let labelled = 0
  for (let at = 0; at < end; ) {
    at = nextFilled(data, words, at, end)
    for (; at < end && data[at] !== 0; at++) {
      voxels[data[at]!]! += 1
      labelled++
    }
  }
  voxels[0] = end - labelled
  const voxelMl = voxelVolumeMl(affine)
  return Array.from({ length: labelCount }, (_, value) => ({
    value,
    voxels: voxels[value]!,
    volumeMl: volumeOf(voxels[value]!, voxelMl),
  }))
}

/**
 * Lesions are components (26-connected) of all voxels whose label is one of `values`; touching labels are one lesion.
 * Memory: 12 bytes a run, 34 a lesion, 2 bytes a voxel, and the list.
 * @param mostListed a map of noise may hold an eighth as many lesions as voxels
 */
export function lesions(labels: LabelVolume, values: readonly number[], mostListed: number): Lesions {
  const { listOf, lesions: found } = listLesions(labels, values, mostListed)
  release(listOf)
  return found
}

/**
 * As lesions(), with the voxels of those that are listed.
 * @param mostListed below 65536
 */
export function listLesions(
  { data, shape, affine }: LabelVolume,
  values: readonly number[],
  mostListed: number,
): Listed {
  const runs = componentRuns(data, shape, values, 26)
  const { start, end, ofRow, voxels } = runs
  const sums = new Float64Array(3 * voxels.length) // [id, i j k]
  for (let k = 0, row = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++, row++) {
      for (let run = ofRow[row]!; run < ofRow[row + 1]!; run++) {
        const id = runs.id[run]!
        const length = end[run]! - start[run]!
        const first = start[run]! - row * shape[0]
        sums[3 * id]! += length * first + (length * (length - 1)) / 2
        sums[3 * id + 1]! += length * j
        sums[3 * id + 2]! += length * k
      }
    }
  }
  const voxelMl = voxelVolumeMl(affine)
  const largest = largestFirst(voxels, mostListed)
  const placeOf = new Uint16Array(voxels.length)
  for (const [at, id] of largest.entries()) placeOf[id] = at + 1
  const listOf = new Uint16Array(data.length)
  for (let run = 0; run < runs.count; run++) {
    const place = placeOf[runs.id[run]!]!
    if (place > 0) listOf.fill(place, start[run]!, end[run]!)
  }
  for (const array of [start, end, ofRow, runs.id]) release(array)
  const list = largest.map((id): Lesion => {
    const size = voxels[id]!
    const [i, j, k] = [sums[3 * id]! / size, sums[3 * id + 1]! / size, sums[3 * id + 2]! / size]
    return { voxels: size, volumeMl: volumeOf(size, voxelMl), centroidMm: applyAffine(affine, i, j, k) }
  })
  const totalMl = volumeOf(
    voxels.reduce((sum, size) => sum + size, 0),
    voxelMl,
  )
  const largestMl = volumeOf(voxels[largestComponent({ voxels })]!, voxelMl)
  return { listOf, lesions: { count: voxels.length - 1, totalMl, largestMl, list } }
}

/** Ids of the `most` largest components (at least one), the first of equals before the others. */
function largestFirst(voxels: Int32Array, most: number): number[] {
  const sorted = voxels.slice(1).sort()
  const least = sorted.at(-most) ?? 1
  let roomForEquals = most - (sorted.length - 1 - sorted.lastIndexOf(least))
  const ids: number[] = []
  for (let id = 1; id < voxels.length; id++) {
    if (voxels[id]! > least || (voxels[id] === least && roomForEquals-- > 0)) ids.push(id)
  }
  return ids.sort((a, b) => voxels[b]! - voxels[a]! || a - b)
}
