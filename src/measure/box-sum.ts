/** Sums over boxes around voxels, by running sums along one axis after the other. */
import type { Shape } from '../volume/volume.ts'

/** In place: each voxel becomes the sum over itself and `reach` voxels to each side along i, j and k; outside lies 0. */
export function boxSum(data: Float32Array, shape: Shape, reach: readonly [number, number, number]): void {
  const strides = [1, shape[0], shape[0] * shape[1]] as const
  for (const axis of [0, 1, 2] as const) {
    const [u, v] = [0, 1, 2].filter((other) => other !== axis) as [0 | 1 | 2, 0 | 1 | 2]
    const line = new Float64Array(shape[axis])
    for (let b = 0; b < shape[v]; b++)
      for (let a = 0; a < shape[u]; a++)
        sumLine(data, a * strides[u] + b * strides[v], strides[axis], line, reach[axis])
  }
}

function sumLine(data: Float32Array, start: number, stride: number, line: Float64Array, reach: number): void {
  for (let n = 0; n < line.length; n++) line[n] = data[start + n * stride]!
  let sum = 0
  for (let n = 0; n < Math.min(reach, line.length); n++) sum += line[n]!
  for (let n = 0; n < line.length; n++) {
    if (n + reach < line.length) sum += line[n + reach]!
    if (n - reach > 0) sum -= line[n - reach - 1]!
    data[start + n * stride] = sum
  }
}
