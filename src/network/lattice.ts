/**
 * Where the patches of a grid stand, and how much each has to say about each voxel. Both are products over the three axes, so
 * three short lists are kept and no volume.
 */
import type { InferenceSpec } from '../model/card.ts'
import { type Box, NOTHING_BEYOND } from '../volume/crop.ts'
import { gaussianWeights } from './blend.ts'
import type { NetworkInput } from './patch-reader.ts'
import { patchStarts } from './patches.ts'

type Triple<T> = readonly [T, T, T]

export interface Lattice {
  /** Along x, y, z, rising; below 0 where a patch begins before the grid. */
  readonly starts: Triple<readonly number[]>
  /** Along x, y, z of a patch (blend.ts). */
  readonly weights: Triple<Float32Array>
  /** What the patches see of the grid: voxels outside of it are in none. */
  readonly seen: Box
}

/** Of a patch: so much further than it must the patches may reach past each end of `within`, where that takes no more of them. */
const SPARE_SHARE = 1 / 12

/**
 * Patches on the whole grid and, along each axis along which that takes fewer, on `within` only and as much around it as they
 * reach anyway; along the others they stand where they stand without it. They keep to the grid.
 *
 *   180 voxels, patch 96, overlap 0.25, within 10 … 170  →  6, 78 (of 0, 42, 84)
 */
export function latticeOf(
  { grid, beyond = NOTHING_BEYOND }: Pick<NetworkInput, 'grid' | 'beyond'>,
  { patchVoxels, overlap, blend }: Pick<InferenceSpec, 'patchVoxels' | 'overlap' | 'blend'>,
  within?: Box,
): Lattice {
  const startsAlong = (axis: 0 | 1 | 2): number[] => {
    const [length, patch] = [grid.shape[axis], patchVoxels[axis]]
    const [first, end] = [-beyond.low[axis], length + beyond.high[axis]]
    const whole = patchStarts(end - first, patch, overlap).map((at) => at + first)
    if (within === undefined) return whole
    const [from, to] = [within.start[axis], within.end[axis]]
    const fewest = patchStarts(to - from, patch, overlap).length
    if (fewest >= whole.length) return whole
    // as long as so few patches can cover
    let spare = Math.floor(patch * SPARE_SHARE)
    while (spare > 0 && patchStarts(to - from + 2 * spare, patch, overlap).length > fewest) spare--
    const [low, high] = [Math.max(first, from - spare), Math.min(end, to + spare)]
    return patchStarts(high - low, patch, overlap).map((at) => Math.min(at + low, end - patch))
  }
  const starts = [startsAlong(0), startsAlong(1), startsAlong(2)] as const
  const weightsAlong = (axis: 0 | 1 | 2): Float32Array => gaussianWeights(patchVoxels[axis], blend.sigmaFraction)
  const seenTo = (axis: 0 | 1 | 2): number => Math.min(grid.shape[axis], starts[axis].at(-1)! + patchVoxels[axis])
  return {
    starts,
    weights: [weightsAlong(0), weightsAlong(1), weightsAlong(2)],
    seen: {
      start: [Math.max(0, starts[0][0]!), Math.max(0, starts[1][0]!), Math.max(0, starts[2][0]!)],
      end: [seenTo(0), seenTo(1), seenTo(2)],
    },
  }
}
