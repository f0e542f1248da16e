/** Bytes of one grid on another: each voxel takes the value of the nearest one, nothing is mixed. */
import { indexMap } from './index-map.ts'
import { isInside } from './taps.ts'
import { type Grid, voxelCount } from './volume.ts'

export interface ByteSource extends Grid {
  readonly data: Uint8Array
}

/** The value of the voxel of `source` nearest to each voxel centre of `grid`; `fill` outside its field of view. */
export function nearestOn(source: ByteSource, grid: Grid, fill: number): Uint8Array {
  const [nx, ny, nz] = source.shape
  const m = indexMap(grid, source)
  const out = new Uint8Array(voxelCount(grid.shape)).fill(fill)
  for (let k = 0, at = 0; k < grid.shape[2]; k++) {
    for (let j = 0; j < grid.shape[1]; j++) {
      for (let i = 0; i < grid.shape[0]; i++, at++) {
        const x = m[0]! * i + m[1]! * j + m[2]! * k + m[3]!
        const y = m[4]! * i + m[5]! * j + m[6]! * k + m[7]!
        const z = m[8]! * i + m[9]! * j + m[10]! * k + m[11]!
        if (!isInside(x, nx) || !isInside(y, ny) || !isInside(z, nz)) continue
        out[at] = source.data[nearest(x, nx) + nx * (nearest(y, ny) + ny * nearest(z, nz))]!
      }
    }
  }
  return out
}

/** Of two equally near, the upper; at the far face the last. */
function nearest(position: number, voxels: number): number {
  return Math.min(voxels - 1, Math.floor(position + 0.5))
}
