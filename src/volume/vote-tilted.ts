/** restoreLabels() where the axes of the two grids are not parallel. */
import { createBallot } from './ballot.ts'
import type { Walk } from './orientation.ts'
import { isInside, samplesInVoxel } from './taps.ts'
import type { Affine, LabelVolume, Shape } from './volume.ts'

/** The nearest index; of two equally near, the lower. */
export function nearestIndex(position: number, voxels: number): number {
  return Math.min(Math.max(Math.ceil(position - 0.5), 0), voxels - 1)
}

/** Tilted axes: every sample of every voxel looks up its own eight. */
export function voteTilted(
  { data, shape: labels }: LabelVolume,
  map: Affine,
  shape: Shape,
  walk: Walk,
  out: Uint8Array,
): void {
  const [nx, ny, nz] = labels
  const [xi, xj, xk, x0, yi, yj, yk, y0, zi, zj, zk, z0] = map
  const samples = samplesInVoxel(map)
  const ballot = createBallot()
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      let at = walk.offset + j * walk.strides[1] + k * walk.strides[2]
      for (let i = 0; i < shape[0]; i++, at += walk.strides[0]) {
        let inside = false
        ballot.clear()
        for (let s = 0; s < samples.length; s += 3) {
          const u = i + samples[s]!
          const v = j + samples[s + 1]!
          const w = k + samples[s + 2]!
          const x = xi! * u + xj! * v + xk! * w + x0!
          const y = yi! * u + yj! * v + yk! * w + y0!
          const z = zi! * u + zj! * v + zk! * w + z0!
          if (!isInside(x, nx) || !isInside(y, ny) || !isInside(z, nz)) continue
          inside = true
          const i0 = x < 0 ? 0 : Math.floor(x)
          const j0 = y < 0 ? 0 : Math.floor(y)
          const k0 = z < 0 ? 0 : Math.floor(z)
          // In the outer half of an outer voxel both neighbours are that voxel.
          const dx = x < 0 || i0 + 1 >= nx ? 0 : 1
          const dy = y < 0 || j0 + 1 >= ny ? 0 : nx
          const dz = z < 0 || k0 + 1 >= nz ? 0 : nx * ny
          const p = i0 + nx * (j0 + ny * k0)
          const fx = dx === 0 ? 0 : x - i0
          const fy = dy === 0 ? 0 : y - j0
          const fz = dz === 0 ? 0 : z - k0
          ballot.add(data[p]!, (1 - fx) * (1 - fy) * (1 - fz))
          ballot.add(data[p + dx]!, fx * (1 - fy) * (1 - fz))
          ballot.add(data[p + dy]!, (1 - fx) * fy * (1 - fz))
          ballot.add(data[p + dx + dy]!, fx * fy * (1 - fz))
          ballot.add(data[p + dz]!, (1 - fx) * (1 - fy) * fz)
          ballot.add(data[p + dx + dz]!, fx * (1 - fy) * fz)
          ballot.add(data[p + dy + dz]!, (1 - fx) * fy * fz)
          ballot.add(data[p + dx + dy + dz]!, fx * fy * fz)
        }
        if (!inside) continue
        const ci = nearestIndex(xi! * i + xj! * j + xk! * k + x0!, nx)
        const cj = nearestIndex(yi! * i + yj! * j + yk! * k + y0!, ny)
        const ck = nearestIndex(zi! * i + zj! * j + zk! * k + z0!, nz)
        out[at] = ballot.winner(data[ci + nx * (cj + ny * ck)]!)
      }
    }
  }
}
