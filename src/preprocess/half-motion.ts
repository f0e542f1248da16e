/**
 * Half of a rigid motion: done twice it is the whole. Two scans of one head, each carried by half of the motion between them,
 * meet in the middle, and neither is favoured.
 */
import { invert, multiply } from '../volume/affine.ts'
import type { Affine } from '../volume/volume.ts'

/** A turn that is farther from half of one than this (cosine of a quarter of it) has no half that is the shorter way. */
const LEAST_COSINE = 1e-3

/**
 * The square root of a rigid motion (a turn of less than 180° and a shift, mm): half of the turn about the same axis, and
 * the shift for which H · H = M, that is t½ = (R½ + 1)⁻¹ t.
 * @param motion 4×4, row-major; no mirror, no scale
 */
export function halfMotion(motion: Affine): Affine {
  const [a, b, c, x, d, e, f, y, g, h, i, z] = motion as Affine & number[]
  // The unit quaternion of the turn holds the cosine of half the angle, and the axis times its sine.
  const cosine = Math.sqrt(Math.max(0, 1 + a! + e! + i!)) / 2
  if (!(cosine > LEAST_COSINE)) throw new Error('a turn by 180° has no one half')
  const axis = [h! - f!, c! - g!, d! - b!].map((double) => double / (4 * cosine))
  // Half of the angle: the middle between the turn and none, of length one again.
  const length = Math.hypot(1 + cosine, ...axis)
  const [w, u, v, n] = [(1 + cosine) / length, ...axis.map((part) => part / length)] as [number, number, number, number]
  const turn = [
    [1 - 2 * (v * v + n * n), 2 * (u * v - w * n), 2 * (u * n + w * v)],
    [2 * (u * v + w * n), 1 - 2 * (u * u + n * n), 2 * (v * n - w * u)],
    [2 * (u * n - w * v), 2 * (v * n + w * u), 1 - 2 * (u * u + v * v)],
  ] as const
  const plusOne = turn.flatMap((row, at) => [...row.map((value, column) => value + (at === column ? 1 : 0)), 0])
  const back = invert([...plusOne, 0, 0, 0, 1])
  const shift = multiply(back, [1, 0, 0, x!, 0, 1, 0, y!, 0, 0, 1, z!, 0, 0, 0, 1])
  return [...turn.flatMap((row, at) => [...row, shift[4 * at + 3]!]), 0, 0, 0, 1]
}
