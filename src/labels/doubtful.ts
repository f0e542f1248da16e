/** Lesions that are too small or too doubtful to be called so by one map, where another map of the same head has one for sure. */
import type { LabelVolume } from '../volume/volume.ts'
import { componentRuns, releaseComponents } from './components.ts'

/**
 * A copy of the labels with those components (26-connected, of one of `values`) of `doubtful` that share a voxel with the same value of
 * `sure`. All three lie on one grid.
 */
export function withDoubtful(
  labels: LabelVolume,
  doubtful: LabelVolume,
  sure: LabelVolume,
  values: readonly number[],
): LabelVolume {
  const data = labels.data.slice()
  for (const value of values) {
    const runs = componentRuns(doubtful.data, doubtful.shape, [value], 26)
    const { count, start, end, id, voxels } = runs
    const isShared = new Uint8Array(voxels.length)
    for (let run = 0; run < count; run++)
      if (sure.data.subarray(start[run], end[run]).includes(value)) isShared[id[run]!] = 1
    for (let run = 0; run < count; run++) if (isShared[id[run]!] === 1) data.fill(value, start[run], end[run])
    releaseComponents(runs)
  }
  return { ...labels, data }
}
