/** Separable Gaussian blur of a box of voxels (x fastest), the edge voxel repeated outside. */
import type { Shape } from '../../../src/volume/volume.ts'

function kernel(sigmaVoxels: number): Float32Array {
  const radius = Math.max(1, Math.ceil(2.5 * sigmaVoxels))
  const weights = Float32Array.from({ length: 2 * radius + 1 }, (_, t) =>
    Math.exp(-0.5 * ((t - radius) / sigmaVoxels) ** 2),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

function blurAxis(from: Float32Array, to: Float32Array, shape: Shape, axis: 0 | 1 | 2, weights: Float32Array): void {
  const [nx, ny, nz] = shape
  const radius = (weights.length - 1) / 2
  to.fill(0)
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = nx * (j + ny * k)
      for (let t = -radius; t <= radius; t++) {
        const weight = weights[t + radius]!
        if (axis === 0) {
          const lo = Math.min(nx, Math.max(0, -t))
          const hi = Math.max(0, Math.min(nx, nx - t))
          for (let i = 0; i < lo; i++) to[row + i]! += weight * from[row]!
          for (let i = lo; i < hi; i++) to[row + i]! += weight * from[row + i + t]!
          for (let i = hi; i < nx; i++) to[row + i]! += weight * from[row + nx - 1]!
        } else {
          const jt = axis === 1 ? Math.min(ny - 1, Math.max(0, j + t)) : j
          const kt = axis === 2 ? Math.min(nz - 1, Math.max(0, k + t)) : k
          const other = nx * (jt + ny * kt)
          for (let i = 0; i < nx; i++) to[row + i]! += weight * from[other + i]!
        }
      }
    }
  }
}

/**
 * Blurs `image` with one sigma an axis, in voxels; axes with sigma below 0.2 are left alone.
 * `scratch` is as long as the image; the result lies in one of the two, which is returned.
 */
export function blur(
  image: Float32Array,
  scratch: Float32Array,
  shape: Shape,
  sigmaVoxels: readonly [x: number, y: number, z: number],
): Float32Array {
  let from = image
  let to = scratch
  for (const axis of [0, 1, 2] as const) {
    if (sigmaVoxels[axis] < 0.2) continue
    blurAxis(from, to, shape, axis, kernel(sigmaVoxels[axis]))
    ;[from, to] = [to, from]
  }
  return from
}
