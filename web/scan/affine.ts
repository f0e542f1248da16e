/**
 * Where voxels lie. An affine here is 4 × 4 in rows, from voxel (i, j, k) to RAS+ world, mm; the code of an orientation says for
 * i, j and k to which side of the patient it grows: RAS, LPS, …
 */

export type Vector = readonly [number, number, number]
export type Affine = readonly number[]

/** Distances between voxel centres along i, j, k, in mm. */
export function spacingOf(affine: Affine): Vector {
  return [0, 1, 2].map((axis) => Math.hypot(...columnOf(affine, axis))) as unknown as Vector
}

/** For instance RAS; null where two axes lie closest to one direction, as in a broken header. */
export function orientationOf(affine: Affine): string | null {
  const axes = worldAxes(affine)
  if (axes === null) return null
  return axes.map(({ world, sign }) => ['RL', 'AP', 'SI'][world]![sign > 0 ? 0 : 1]).join('')
}

export interface WorldAxis {
  /** 0, 1, 2: left to right, back to front, foot to head. */
  readonly world: number
  readonly sign: 1 | -1
}

/** The nearest direction of the world for each of i, j and k; null unless all three differ. */
export function worldAxes(affine: Affine): readonly [WorldAxis, WorldAxis, WorldAxis] | null {
  const axes = [0, 1, 2].map((axis): WorldAxis => {
    const column = columnOf(affine, axis)
    const world = [0, 1, 2].reduce((best, at) => (Math.abs(column[at]!) > Math.abs(column[best]!) ? at : best))
    return { world, sign: column[world]! < 0 ? -1 : 1 }
  })
  const isWhole = new Set(axes.map(({ world }) => world)).size === 3
  return isWhole ? (axes as unknown as [WorldAxis, WorldAxis, WorldAxis]) : null
}

/** Degrees between the axes of the voxels and those of the patient, the largest of three. */
export function tiltOf(affine: Affine): number {
  const cosines = [0, 1, 2].map((axis) => {
    const column = columnOf(affine, axis)
    return Math.max(...column.map(Math.abs)) / Math.hypot(...column)
  })
  return (Math.acos(Math.min(1, ...cosines)) * 180) / Math.PI
}

function columnOf(affine: Affine, axis: number): Vector {
  return [affine[axis]!, affine[axis + 4]!, affine[axis + 8]!]
}

/** NIfTI's method 2 (nifti1.h): a unit quaternion (a is not stored), voxel sizes with qfac in front, and an offset. */
export function quaternionAffine(b: number, c: number, d: number, pixdim: readonly number[], offset: Vector): Affine {
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d))
  const [qfac, x, y, z] = [pixdim[0]! < 0 ? -1 : 1, pixdim[1]!, pixdim[2]!, pixdim[3]!]
  const zq = z * qfac
  return [
    ...[(a * a + b * b - c * c - d * d) * x, (2 * b * c - 2 * a * d) * y, (2 * b * d + 2 * a * c) * zq, offset[0]],
    ...[(2 * b * c + 2 * a * d) * x, (a * a + c * c - b * b - d * d) * y, (2 * c * d - 2 * a * b) * zq, offset[1]],
    ...[(2 * b * d - 2 * a * c) * x, (2 * c * d + 2 * a * b) * y, (a * a + d * d - b * b - c * c) * zq, offset[2]],
    ...[0, 0, 0, 1],
  ]
}
