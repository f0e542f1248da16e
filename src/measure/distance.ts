/**
 * The exact Euclidean distance transform with spacing: squared distances, one axis after the other, each a lower
 * envelope of parabolas (Felzenszwalb & Huttenlocher 2012, "Distance Transforms of Sampled Functions", algorithm 1).
 */
import { type Shape, voxelCount } from '../volume/volume.ts'

/** Squared distance in mm² from each voxel's centre to the nearest centre of a voxel in `mask`; infinite if none. */
export function squaredDistanceMm2(
  mask: Uint8Array,
  shape: Shape,
  spacingMm: readonly [number, number, number],
): Float64Array {
  return transformed(new Float64Array(voxelCount(shape)), mask, shape, spacingMm)
}

/** The same in half of the memory, right to a ten-millionth. */
export function roughDistanceMm2(
  mask: Uint8Array,
  shape: Shape,
  spacingMm: readonly [number, number, number],
): Float32Array {
  return transformed(new Float32Array(voxelCount(shape)), mask, shape, spacingMm)
}

function transformed<Field extends Float32Array | Float64Array>(
  field: Field,
  mask: Uint8Array,
  shape: Shape,
  spacingMm: readonly [number, number, number],
): Field {
  for (let at = 0; at < field.length; at++) field[at] = mask[at] ? 0 : Number.POSITIVE_INFINITY
  const strides = [1, shape[0], shape[0] * shape[1]] as const
  for (const axis of [0, 1, 2] as const) {
    const [u, v] = ([0, 1, 2] as const).filter((other) => other !== axis) as [0 | 1 | 2, 0 | 1 | 2]
    const line = createLine(shape[axis], spacingMm[axis])
    for (let b = 0; b < shape[v]; b++) {
      for (let a = 0; a < shape[u]; a++) line(field, a * strides[u] + b * strides[v], strides[axis])
    }
  }
  return field
}

/** Transforms one line of the field in place; the scratch arrays are reused from line to line. */
function createLine(
  length: number,
  stepMm: number,
): (field: Float32Array | Float64Array, start: number, stride: number) => void {
  const value = new Float64Array(length)
  // The parabolas of the lower envelope: where each has its vertex, and from where on it is the lowest (mm).
  const vertex = new Int32Array(length)
  const from = new Float64Array(length)
  return (field, start, stride) => {
    let count = 0
    for (let q = 0; q < length; q++) {
      const height = field[start + q * stride]!
      value[q] = height
      if (height === Number.POSITIVE_INFINITY) continue
      const x = q * stepMm
      let meet = Number.NEGATIVE_INFINITY
      for (; count > 0; count--) {
        const p = vertex[count - 1]!
        const y = p * stepMm
        meet = (height + x * x - (value[p]! + y * y)) / (2 * (x - y))
        if (meet > from[count - 1]!) break
      }
      vertex[count] = q
      from[count] = count === 0 ? Number.NEGATIVE_INFINITY : meet
      count++
    }
    if (count === 0) return
    for (let q = 0, at = 0; q < length; q++) {
      while (at + 1 < count && from[at + 1]! < q * stepMm) at++
      field[start + q * stride] = ((q - vertex[at]!) * stepMm) ** 2 + value[vertex[at]!]!
    }
  }
}
