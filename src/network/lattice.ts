/**
 * Where the patches of a grid stand, and how much each has to say about each voxel. Both are products over the three axes, so
 * three short lists are kept and no volume.
 */
import type { BlendedSpec, TiledSpec } from '../model/card.ts'
import { NOTHING_BEYOND } from '../volume/crop.ts'
import { gaussianWeights } from './blend.ts'
import type { NetworkInput } from './patch-reader.ts'
import { patchStarts } from './patches.ts'
import { planTiles, type TilePlan } from './tiles.ts'

type Triple<T> = readonly [T, T, T]

export interface Lattice {
  /** Along x, y, z, rising; below 0 where a patch begins before the grid. */
  readonly starts: Triple<readonly number[]>
  /** Along x, y, z of a patch (blend.ts). */
  readonly weights: Triple<Float32Array>
}

/** Tiles of the whole grid and of what is missing of it. */
export function tilesOf(
  { grid, beyond = NOTHING_BEYOND }: Pick<NetworkInput, 'grid' | 'beyond'>,
  { patchVoxels: [w, h, d], tiles }: TiledSpec,
): TilePlan {
  const lengthAlong = (axis: 0 | 1 | 2) => beyond.low[axis] + grid.shape[axis] + beyond.high[axis]
  const { sides, starts } = planTiles([lengthAlong(0), lengthAlong(1), lengthAlong(2)], w * h * d, tiles)
  const startsAlong = (axis: 0 | 1 | 2) => starts[axis].map((start) => start - beyond.low[axis])
  return { sides, starts: [startsAlong(0), startsAlong(1), startsAlong(2)] }
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
