/** Sizes of what a label map holds: voxels and mL for each label, and the lesions one by one. */
import { connectedComponents } from '../labels/components.ts'
import { applyAffine, voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume } from '../volume/volume.ts'

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

export interface Lesions {
  readonly count: number
  readonly totalMl: number
  readonly largestMl: number
  /** Largest first. */
  readonly list: readonly Lesion[]
}

/** One entry for each value 0 … labelCount − 1. */
export function labelSizes({ data, affine }: LabelVolume, labelCount: number): LabelSize[] {
  const voxels = new Float64Array(256)
  for (let at = 0; at < data.length; at++) voxels[data[at]!]! += 1
  const voxelMl = voxelVolumeMl(affine)
  return Array.from({ length: labelCount }, (_, value) => ({
    value,
    voxels: voxels[value]!,
    volumeMl: voxels[value]! * voxelMl,
  }))
}

/** Lesions are components (26-connected) of all voxels whose label is one of `values`; touching labels are one lesion. */
export function lesions({ data, shape, affine }: LabelVolume, values: readonly number[]): Lesions {
  const { ids, voxels } = connectedComponents(data, shape, values, 26)
  const sums = voxels.map(() => [0, 0, 0] as [number, number, number])
  for (let k = 0, at = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++, at++) {
        const id = ids[at]!
        if (id === 0) continue
        const sum = sums[id]!
        sum[0] += i
        sum[1] += j
        sum[2] += k
      }
    }
  }
  release(ids)
  const voxelMl = voxelVolumeMl(affine)
  const list = voxels
    .map((size, id): Lesion => {
      const [i, j, k] = sums[id]!
      return { voxels: size, volumeMl: size * voxelMl, centroidMm: applyAffine(affine, i / size, j / size, k / size) }
    })
    .slice(1)
    .sort((a, b) => b.voxels - a.voxels)
  const totalMl = list.reduce((total, lesion) => total + lesion.volumeMl, 0)
  return { count: list.length, totalMl, largestMl: list[0]?.volumeMl ?? 0, list }
}
