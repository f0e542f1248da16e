/**
 * Where the brain is on any grid, voxel by voxel, by what the tissue finder found at 4 mm in each scan: the shares are interpolated
 * and averaged over the scans, a half and more is brain, and of that the largest piece with the holes in it.
 */
import { componentRuns, largestComponent, releaseComponents } from '../labels/components.ts'
import { setOutside } from '../labels/outside.ts'
import { applyAffine, multiply } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import { resampleTo } from '../volume/resample.ts'
import type { Affine, Grid, LabelVolume, Shape } from '../volume/volume.ts'
import type { FoundTissue } from './tissue-finder.ts'

/** What was found in one scan, and how its head was moved since (RAS+ mm → RAS+ mm). */
export interface FoundThere {
  readonly tissue: FoundTissue
  readonly motion: Affine
}

/** Shares are interpolated for so many planes at a time. */
const PLANES = 16

/** 1 in the brain, 0 outside; all 0 where nothing was found. Memory: two bytes a voxel of the grid. */
export function brainMask(found: readonly FoundThere[], grid: Grid): LabelVolume {
  const [nx, ny, nz] = grid.shape
  const share = new Uint8Array(nx * ny * nz)
  const plane = nx * ny
  const sources = found.map(({ tissue, motion }) => ({
    shape: tissue.shape,
    affine: multiply(motion, tissue.affine),
    data: tissue.brain,
  }))
  for (let k = 0; k < nz; k += PLANES) {
    const origin = applyAffine(grid.affine, 0, 0, k)
    const affine = grid.affine.map((value, at) => (at < 12 && at % 4 === 3 ? origin[(at - 3) / 4]! : value))
    const slab: Shape = [nx, ny, Math.min(PLANES, nz - k)]
    const [sum, ...others] = sources.map((source) => resampleTo(source, { shape: slab, affine }, 0))
    if (sum === undefined) break
    for (const shares of others) add(sum, shares)
    mark(share, k * plane, sum, sources.length / 2)
  }
  const data = new Uint8Array(share.length)
  const runs = componentRuns(share, grid.shape, [1], 6)
  const largest = largestComponent(runs)
  for (let run = 0; run < runs.count; run++) if (runs.id[run] === largest) data.fill(1, runs.start[run], runs.end[run])
  releaseComponents(runs)
  // what it encloses is brain: all but what is outside of it
  share.fill(1)
  setOutside(share, 0, data, grid.shape, 0)
  release(data)
  return { shape: grid.shape, affine: grid.affine, data: share }
}

/** The head has not moved. */
const STILL: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

/** The same of one scan, on the grid that the finder saw and where the head lay when the scan was made. */
export function ownMask(tissue: FoundTissue): LabelVolume {
  return brainMask([{ tissue, motion: STILL }], tissue)
}

function add(sum: Float32Array, values: Float32Array): void {
  for (let at = 0; at < sum.length; at++) sum[at]! += values[at]!
}

/** 1 from `to` on where a value is `least` or more, else 0. */
function mark(mask: Uint8Array, to: number, values: Float32Array, least: number): void {
  for (let at = 0; at < values.length; at++) mask[to + at] = values[at]! >= least ? 1 : 0
}
