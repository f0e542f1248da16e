/** Bytes of one grid on another: each voxel takes the value of the nearest one, nothing is mixed. */
import { indexMap } from './index-map.ts'
import { isInside } from './taps.ts'
import { type Affine, type Grid, voxelCount } from './volume.ts'

export interface ByteSource extends Grid {
  readonly data: Uint8Array
}

/** The value of the voxel of `source` nearest to each voxel centre of `grid`; `fill` outside its field of view. */
export function nearestOn(source: ByteSource, grid: Grid, fill: number): Uint8Array<ArrayBuffer> {
  const m = indexMap(grid, source)
  const out = new Uint8Array(voxelCount(grid.shape)).fill(fill)
  const places = nearestPlaces(source, grid)
  if (places === null) nearestTilted(source, grid, m, out)
  else {
    const [alongI, alongJ, alongK] = places
    for (let k = 0, at = 0; k < grid.shape[2]; k++) {
      for (let j = 0; j < grid.shape[1]; j++, at += grid.shape[0]) {
        const row = alongJ[j]! + alongK[k]!
        if (alongJ[j]! < 0 || alongK[k]! < 0) continue
        for (let i = 0; i < alongI.length; i++) if (alongI[i]! >= 0) out[at + i] = source.data[row + alongI[i]!]!
      }
    }
  }
  return out
}

/**
 * Where the nearest voxel of `source` lies in its data: the sum of three places, one for each index on `grid`, of which −1 is
 * outside the field of view. Null where the axes of the two are not parallel.
 */
export function nearestPlaces(source: Grid, grid: Grid): readonly [Int32Array, Int32Array, Int32Array] | null {
  const m = indexMap(grid, source)
  const strides = [1, source.shape[0], source.shape[0] * source.shape[1]] as const
  const alongAxis = (axis: 0 | 1 | 2): Int32Array | null => {
    const [to, ...others] = ([0, 1, 2] as const).filter((other) => m[4 * other + axis] !== 0)
    if (to === undefined || others.length > 0) return null
    const places = new Int32Array(grid.shape[axis])
    for (let n = 0; n < places.length; n++) {
      const position = m[4 * to + axis]! * n + m[4 * to + 3]!
      places[n] = isInside(position, source.shape[to]) ? strides[to] * nearest(position, source.shape[to]) : -1
    }
    return places
  }
  const [alongI, alongJ, alongK] = [alongAxis(0), alongAxis(1), alongAxis(2)]
  return alongI && alongJ && alongK && [alongI, alongJ, alongK]
}

function nearestTilted(source: ByteSource, grid: Grid, m: Affine, out: Uint8Array): void {
  const [nx, ny, nz] = source.shape
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
}

/** The nearest index; of two equally near, the upper; at the far face the last. */
function nearest(position: number, voxels: number): number {
  return Math.min(voxels - 1, Math.floor(position + 0.5))
}
