/**
 * Voxels that hold no number (NaN, infinite): nothing was measured there, or a division by zero stood there. They are filled
 * so that nothing downstream sees them: what is reached from a face of the volume through such voxels alone is around
 * what was measured and becomes one value, as a stripper or a registration would have left it; a hole within becomes the mean
 * of its neighbours, so that it has neither an edge nor an extreme.
 */
import { eachFaceNeighbour } from './face-neighbours.ts'
import type { Shape } from './volume.ts'

export interface NoData {
  /** Those without a number. */
  readonly voxels: number
  readonly around: number
  /** Nearly all faces of the volume hold none: a mask was laid over what was measured. */
  readonly isMask: boolean
}

/** Share of the voxels on the faces. */
const MASK_FACES = 0.95

const AROUND = 1
/** A value of `kinds`: not reached from a face. */
export const HOLE = 2

/** Found in `data`, which is left as it is; `kinds` says for each voxel which of both it is. */
export function findNoData(data: Float32Array, shape: Shape): NoData & { readonly kinds: Uint8Array } {
  const kinds = new Uint8Array(data.length)
  let voxels = 0
  for (let at = 0; at < data.length; at++) {
    if (Number.isFinite(data[at]!)) continue
    kinds[at] = HOLE
    voxels++
  }
  const faces = { all: 0, empty: 0 }
  const look = (from: number, step: number, count: number) => {
    faces.all++
    if (kinds[from] !== 0) faces.empty++
    for (let n = 0, at = from; n < count && kinds[at] !== 0; n++, at += step) kinds[at] = AROUND
  }
  const strides = [1, shape[0], shape[0] * shape[1]]
  for (const [axis, others] of [
    [0, [1, 2]],
    [1, [0, 2]],
    [2, [0, 1]],
  ] as const) {
    const [b, c] = others
    const last = (shape[axis] - 1) * strides[axis]!
    for (let v = 0; v < shape[c]; v++)
      for (let u = 0; u < shape[b]; u++) {
        const from = u * strides[b]! + v * strides[c]!
        look(from, strides[axis]!, shape[axis])
        look(from + last, -strides[axis]!, shape[axis])
      }
  }
  let around = 0
  for (const kind of kinds) if (kind === AROUND) around++
  return { voxels, around, isMask: faces.empty >= MASK_FACES * faces.all, kinds }
}

/** Fills in place what findNoData() found: `value` around, the mean of the neighbours within. */
export function fillNoData(data: Float32Array, shape: Shape, kinds: Uint8Array, value: number): void {
  let open = indicesOf(kinds, HOLE)
  while (open.length > 0) {
    const means = new Float32Array(open.length)
    for (let n = 0; n < open.length; n++) means[n] = meanAround(data, shape, open[n]!)
    for (let n = 0; n < open.length; n++) data[open[n]!] = means[n]!
    const left = open.filter((at) => !Number.isFinite(data[at]!))
    if (left.length === open.length) break
    open = left
  }
  for (let at = 0; at < data.length; at++) if (!Number.isFinite(data[at]!)) data[at] = value
}

function indicesOf(kinds: Uint8Array, kind: number): Uint32Array {
  let count = 0
  for (const found of kinds) if (found === kind) count++
  const indices = new Uint32Array(count)
  for (let at = 0, n = 0; n < count; at++) if (kinds[at] === kind) indices[n++] = at
  return indices
}

/** The mean of those of the six neighbours that hold a number; NaN where none does. */
function meanAround(data: Float32Array, shape: Shape, at: number): number {
  let sum = 0
  let count = 0
  eachFaceNeighbour(shape, at, (neighbour) => {
    if (!Number.isFinite(data[neighbour]!)) return
    sum += data[neighbour]!
    count++
  })
  return sum / count
}
