/**
 * The general half of resampleTo: the axes of the two grids are not parallel. Positions follow from three numbers a
 * row and one product a voxel; the eight neighbours are read through the source's strides.
 */
import type { Walk } from './orientation.ts'
import { isInside, samplesInVoxel } from './taps.ts'
import type { Affine, Shape } from './volume.ts'

/** Fills `out` where the source reaches; `map`: output index → index on the aligned source of shape (nx, ny, nz). */
export function resampleTilted(
  data: Float32Array,
  [nx, ny, nz]: Shape,
  { offset, strides }: Walk,
  map: Affine,
  out: Float32Array,
  shape: Shape,
): void {
  const [sx, sy, sz] = strides
  const [xi, xj, xk, x0, yi, yj, yk, y0, zi, zj, zk, z0] = map as Float64Array & Affine
  const samples = samplesInVoxel(map)
  let at = 0
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++, at++) {
        let sum = 0
        let inside = 0
        for (let s = 0; s < samples.length; s += 3) {
          const u = i + samples[s]!
          const v = j + samples[s + 1]!
          const w = k + samples[s + 2]!
          const x = xi! * u + xj! * v + xk! * w + x0!
          const y = yi! * u + yj! * v + yk! * w + y0!
          const z = zi! * u + zj! * v + zk! * w + z0!
          if (!isInside(x, nx) || !isInside(y, ny) || !isInside(z, nz)) continue
          inside++
          // In the outer half of an outer voxel both neighbours are that voxel.
          const i0 = x < 0 ? 0 : Math.floor(x)
          const j0 = y < 0 ? 0 : Math.floor(y)
          const k0 = z < 0 ? 0 : Math.floor(z)
          const dx = x < 0 || i0 + 1 >= nx ? 0 : sx
          const dy = y < 0 || j0 + 1 >= ny ? 0 : sy
          const dz = z < 0 || k0 + 1 >= nz ? 0 : sz
          const p = offset + i0 * sx + j0 * sy + k0 * sz
          const fx = x - i0
          const fy = y - j0
          const low = blend(data[p]!, data[p + dx]!, data[p + dy]!, data[p + dx + dy]!, fx, fy)
          const q = p + dz
          const high = blend(data[q]!, data[q + dx]!, data[q + dy]!, data[q + dx + dy]!, fx, fy)
          sum += low + (high - low) * (z - k0)
        }
        if (inside > 0) out[at] = sum / inside
      }
    }
  }
}

/** Between four corners of a square, near row first. */
export function blend(a: number, b: number, c: number, d: number, fx: number, fy: number): number {
  const near = a + (b - a) * fx
  return near + (c + (d - c) * fx - near) * fy
}
