/**
 * The space in which two dates of one head are compared: half-way between them (half-motion.ts), on a grid along the world's
 * axes, which are nobody's own. Every scan is interpolated once on its way there.
 */
import { applyAffine, multiply } from '../volume/affine.ts'
import { indexMap } from '../volume/index-map.ts'
import { nearestOn } from '../volume/nearest.ts'
import { release } from '../volume/release.ts'
import { resampleTo } from '../volume/resample.ts'
import { isInside } from '../volume/taps.ts'
import { type Affine, type Grid, type Volume, voxelCount } from '../volume/volume.ts'

type Scans = ReadonlyMap<string, Volume<'scan'>>

/** The same voxels, carried by a motion of the world: only the affine changes. */
export function carried(scans: Scans, motion: Affine): Map<string, Volume<'scan'>> {
  return new Map([...scans].map(([name, scan]) => [name, { ...scan, affine: multiply(motion, scan.affine) }]))
}

/** Along R, A, S of the world, over all that any of the grids shows, in their middle. The order of the grids does not matter. */
export function midwayGrid(grids: readonly Grid[], spacingMm: readonly [number, number, number]): Grid {
  const corners = grids.flatMap(({ shape: [nx, ny, nz], affine }) =>
    [-0.5, nx - 0.5].flatMap((i) =>
      [-0.5, ny - 0.5].flatMap((j) => [-0.5, nz - 0.5].map((k) => applyAffine(affine, i, j, k))),
    ),
  )
  const along = ([0, 1, 2] as const).map((axis) => {
    const places = corners.map((corner) => corner[axis])
    const [low, high] = [Math.min(...places), Math.max(...places)]
    const voxels = Math.max(1, Math.ceil((high - low) / spacingMm[axis] - 1e-3))
    return { voxels, first: (low + high - (voxels - 1) * spacingMm[axis]) / 2 }
  })
  const [x, y, z] = along as [(typeof along)[0], (typeof along)[0], (typeof along)[0]]
  const [dx, dy, dz] = spacingMm
  return {
    shape: [x.voxels, y.voxels, z.voxels],
    affine: [dx, 0, 0, x.first, 0, dy, 0, y.first, 0, 0, dz, z.first, 0, 0, 0, 1],
  }
}

/** The scan on the grid, interpolated; what is nearest to a voxel of exactly 0 stays 0, so that a stripped brain keeps its edge. */
export function laidOn(scan: Volume<'scan'>, grid: Grid): Volume<'scan'> {
  const data = resampleTo(scan, grid)
  const signal = new Uint8Array(scan.data.length)
  for (let at = 0; at < signal.length; at++) signal[at] = scan.data[at] === 0 ? 0 : 1
  const kept = nearestOn({ ...scan, data: signal }, grid, 1)
  for (let at = 0; at < data.length; at++) if (kept[at] === 0) data[at] = 0
  release(signal)
  release(kept)
  return { frame: 'scan', shape: grid.shape, affine: grid.affine, data }
}

/** 1 where every one of the scans shows the voxel of the grid, else 0. */
export function seenByAll(scans: readonly Grid[], grid: Grid): Uint8Array {
  const seen = new Uint8Array(voxelCount(grid.shape)).fill(1)
  for (const scan of scans) {
    const [nx, ny, nz] = scan.shape
    const m = indexMap(grid, scan)
    for (let k = 0, at = 0; k < grid.shape[2]; k++)
      for (let j = 0; j < grid.shape[1]; j++)
        for (let i = 0; i < grid.shape[0]; i++, at++) {
          const isSeen =
            isInside(m[0]! * i + m[1]! * j + m[2]! * k + m[3]!, nx) &&
            isInside(m[4]! * i + m[5]! * j + m[6]! * k + m[7]!, ny) &&
            isInside(m[8]! * i + m[9]! * j + m[10]! * k + m[11]!, nz)
          if (!isSeen) seen[at] = 0
        }
  }
  return seen
}
