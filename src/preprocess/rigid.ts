/** A rigid motion in RAS+ mm: three shifts and three turns about a centre, and how far it carries a head. */
import { applyAffine, multiply, type Vector } from '../volume/affine.ts'
import type { Affine } from '../volume/volume.ts'

/** Shift along R, A, S in mm; turns about R, A, S in degrees, applied in this order. */
export type Motion = readonly [rMm: number, aMm: number, sMm: number, rTurn: number, aTurn: number, sTurn: number]

const HALF_HEAD_MM = 75

export const STILL: Motion = [0, 0, 0, 0, 0, 0]

/** Where a point of the world goes: turned about `centre`, then shifted. */
export function rigid([x, y, z, ...turns]: Motion, centre: Vector): Affine {
  const [a, b, c] = turns.map((degrees) => (degrees * Math.PI) / 180) as [number, number, number]
  const aboutR = [1, 0, 0, 0, 0, Math.cos(a), -Math.sin(a), 0, 0, Math.sin(a), Math.cos(a), 0, 0, 0, 0, 1]
  const aboutA = [Math.cos(b), 0, Math.sin(b), 0, 0, 1, 0, 0, -Math.sin(b), 0, Math.cos(b), 0, 0, 0, 0, 1]
  const aboutS = [Math.cos(c), -Math.sin(c), 0, 0, Math.sin(c), Math.cos(c), 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  const turned = multiply(aboutS, multiply(aboutA, aboutR))
  const [u, v, w] = applyAffine(turned, ...centre)
  return turned.map((value, at) =>
    at === 3 ? centre[0] - u + x : at === 7 ? centre[1] - v + y : at === 11 ? centre[2] - w + z : value,
  )
}

/** Mean distance (mm) by which the six ends of a head's half axes about `centre` are carried. */
export function carriedMm(motion: Affine, centre: Vector): number {
  const ends = [0, 1, 2].flatMap((axis) =>
    [-1, 1].map((sign) => centre.with(axis, centre[axis]! + sign * HALF_HEAD_MM)),
  )
  const far = ends.map((end) => {
    const moved = applyAffine(motion, end[0]!, end[1]!, end[2]!)
    return Math.hypot(moved[0] - end[0]!, moved[1] - end[1]!, moved[2] - end[2]!)
  })
  return far.reduce((sum, mm) => sum + mm, 0) / far.length
}
