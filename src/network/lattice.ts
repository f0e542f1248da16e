/**
 * Where the patches of a grid stand, and how much each has to say about each voxel. Both are products over the three axes, so
 * three short lists are kept and no volume.
 */
import type { BlendedSpec } from '../model/card.ts'
import { NOTHING_BEYOND } from '../volume/crop.ts'
import { gaussianWeights } from './blend.ts'
import type { NetworkInput } from './patch-reader.ts'
import { patchStarts } from './patches.ts'

type Triple<T> = readonly [T, T, T]

export interface Lattice {
  /** Along x, y, z, rising; below 0 where a patch begins before the grid. */
  readonly starts: Triple<readonly number[]>
  /** Along x, y, z of a patch (blend.ts). */
  readonly weights: Triple<Float32Array>
}

/** Patches on the whole grid and on what is missing of it. */
export function latticeOf(
  { grid, beyond = NOTHING_BEYOND }: Pick<NetworkInput, 'grid' | 'beyond'>,
  { patchVoxels, overlap, blend }: Pick<BlendedSpec, 'patchVoxels' | 'overlap' | 'blend'>,
): Lattice {
  const startsAlong = (axis: 0 | 1 | 2): number[] => {
    const [first, end] = [-beyond.low[axis], grid.shape[axis] + beyond.high[axis]]
    return patchStarts(end - first, patchVoxels[axis], overlap).map((at) => at + first)
  }
  const weightsAlong = (axis: 0 | 1 | 2): Float32Array => gaussianWeights(patchVoxels[axis], blend.sigmaFraction)
  return {
    starts: [startsAlong(0), startsAlong(1), startsAlong(2)],
    weights: [weightsAlong(0), weightsAlong(1), weightsAlong(2)],
  }
}
