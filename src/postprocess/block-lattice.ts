/** Values at the middles of blocks of a grid, and between them linearly; past the outermost blocks as at them. */
import type { Shape } from '../volume/volume.ts'

/** i fastest. */
export interface BlockLattice {
  readonly shape: Shape
  /** Voxels of a block along i, j, k. */
  readonly blockVoxels: Shape
}

/** Where a voxel lies between the middles of two blocks: the first, and how far on to the next, 0 … 1. */
function placeOf(voxel: number, blockVoxels: number, blocks: number): readonly [number, number] {
  const place = Math.min(blocks - 1, Math.max(0, (voxel + 0.5) / blockVoxels - 0.5))
  const first = Math.min(Math.floor(place), Math.max(0, blocks - 2))
  return [first, place - first]
}

export function valueAt(
  { shape, blockVoxels }: BlockLattice,
  values: Float32Array,
  i: number,
  j: number,
  k: number,
): number {
  const [nx, ny, nz] = shape
  const [[x, dx], [y, dy], [z, dz]] = [
    placeOf(i, blockVoxels[0], nx),
    placeOf(j, blockVoxels[1], ny),
    placeOf(k, blockVoxels[2], nz),
  ]
  const at = x + nx * (y + ny * z)
  // a voxel at the middle of a block, or of a lattice of one, does not ask the next one
  const line = (from: number): number => between(values[from]!, values[from + 1], dx)
  const plane = (from: number): number => between(line(from), dy > 0 ? line(from + nx) : undefined, dy)
  return between(plane(at), dz > 0 ? plane(at + nx * ny) : undefined, dz)
}

function between(first: number, second: number | undefined, share: number): number {
  return share > 0 ? first + share * (second! - first) : first
}

/** valueAt() of each voxel of the row (j, k), `length` of them, in one array for all rows; quick where rows of one k follow each other. */
export function rowReader(
  { shape, blockVoxels }: BlockLattice,
  values: Float32Array,
  length: number,
): (j: number, k: number) => Float32Array {
  const [nx, ny, nz] = shape
  const [plane, line, row] = [new Float32Array(nx * ny), new Float32Array(nx + 1), new Float32Array(length)]
  const [first, share] = [new Int32Array(length), new Float32Array(length)]
  for (let i = 0; i < length; i++) [first[i], share[i]] = placeOf(i, blockVoxels[0], nx) as [number, number]
  let planeOf = -1
  return (j, k) => {
    if (k !== planeOf) {
      const [z, dz] = placeOf(k, blockVoxels[2], nz)
      blend(plane, values, nx * ny * z, nx * ny, dz)
      planeOf = k
    }
    const [y, dy] = placeOf(j, blockVoxels[1], ny)
    blend(line.subarray(0, nx), plane, nx * y, nx, dy)
    spreadOut(row, line, first, share)
    return row
  }
}

/** Between what lies at `from` and `stride` further on. */
function blend(out: Float32Array, values: Float32Array, from: number, stride: number, share: number): void {
  for (let n = 0; n < out.length; n++) {
    const first = values[from + n]!
    out[n] = share > 0 ? first + share * (values[from + stride + n]! - first) : first
  }
}

function spreadOut(row: Float32Array, line: Float32Array, first: Int32Array, share: Float32Array): void {
  for (let i = 0; i < row.length; i++) {
    const from = line[first[i]!]!
    row[i] = share[i]! > 0 ? from + share[i]! * (line[first[i]! + 1]! - from) : from
  }
}
