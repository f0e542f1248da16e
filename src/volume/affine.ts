/** Arithmetic on 4×4 row-major affines. A singular affine is a bug here: the NIfTI reader refuses it first. */
import type { Affine } from './volume.ts'

export type Vector = readonly [x: number, y: number, z: number]

/** a · b: first b, then a. */
export function multiply(a: Affine, b: Affine): Affine {
  return Array.from({ length: 16 }, (_, at) => {
    const row = at - (at % 4)
    const column = at % 4
    return (
      a[row]! * b[column]! + a[row + 1]! * b[column + 4]! + a[row + 2]! * b[column + 8]! + a[row + 3]! * b[column + 12]!
    )
  })
}

/** Determinant of the 3×3 part: the signed volume of a voxel in mm³ (negative for a left-handed storage order). */
export function determinant(affine: Affine): number {
  const [a, b, c, , d, e, f, , g, h, i] = affine
  return a! * (e! * i! - f! * h!) - b! * (d! * i! - f! * g!) + c! * (d! * h! - e! * g!)
}

/** World → index. Throws on a singular 3×3 part. */
export function invert(affine: Affine): Affine {
  const det = determinant(affine)
  if (!Number.isFinite(1 / det)) throw new Error(`affine is singular (determinant ${det})`)
  const [a, b, c, x, d, e, f, y, g, h, i, z] = affine
  // The adjugate over the determinant.
  const rows = [
    [e! * i! - f! * h!, c! * h! - b! * i!, b! * f! - c! * e!],
    [f! * g! - d! * i!, a! * i! - c! * g!, c! * d! - a! * f!],
    [d! * h! - e! * g!, b! * g! - a! * h!, a! * e! - b! * d!],
  ].map((row) => row.map((value) => value / det))
  return [...rows.flatMap(([p, q, r]) => [p!, q!, r!, -(p! * x! + q! * y! + r! * z!)]), 0, 0, 0, 1]
}

/** The world position (mm) of index (i, j, k). */
export function applyAffine(affine: Affine, i: number, j: number, k: number): Vector {
  const along = (row: number): number =>
    affine[row]! * i + affine[row + 1]! * j + affine[row + 2]! * k + affine[row + 3]!
  return [along(0), along(4), along(8)]
}

/** Distance in mm between neighbours along i, j, k: the norms of the columns. */
export function spacingMm(affine: Affine): Vector {
  const norm = (column: number): number => Math.hypot(affine[column]!, affine[column + 4]!, affine[column + 8]!)
  return [norm(0), norm(1), norm(2)]
}

/** Of a voxel. */
export function longestEdgeMm(affine: Affine): number {
  return Math.max(...spacingMm(affine))
}

/** A 10 mm cube is 1 mL. */
export function voxelVolumeMl(affine: Affine): number {
  return Math.abs(determinant(affine)) / 1000
}
