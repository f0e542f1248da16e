/** How a patch lies in the head it is cut from, and how a scan does whose patient moved between the two. */
import { z } from 'zod'
import type { Random } from '../compile/random.ts'
import type { AugmentSpec } from './augment/spec.ts'

/** The truth of a source follows one of its two scans; the other may lie elsewhere, as where the patient moved. */
export const misalignedSpecSchema = z.strictObject({
  /** The scan that does not lie on the truth. */
  channel: z.enum(['t1', 'flair']),
  /** Chance that a patch with both scans shows them so. */
  chance: z.number().min(0).max(1),
  /** Shift along each axis, and turn about it, up to this. */
  shiftVoxels: z.number().nonnegative(),
  rotationDegrees: z.number().min(0).max(45),
})

export type MisalignedSpec = z.infer<typeof misalignedSpecSchema>

/** Patch index → head index: rows of a 3×3 and the head's point at the patch's first voxel. */
export interface View {
  readonly m: readonly number[]
  readonly origin: readonly [number, number, number]
  /** Whether the view is a plain box, perhaps mirrored along x. */
  readonly plain: boolean
}

/** Rows of Rz·Ry·Rx, each angle up to the limit. */
function randomRotation(degrees: number, random: Random): readonly number[] {
  const limit = (degrees * Math.PI) / 180
  const [a, b, c] = [random.uniform(-limit, limit), random.uniform(-limit, limit), random.uniform(-limit, limit)]
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)]
  return [
    [cc * cb, cc * sb * sa - sc * ca, cc * sb * ca + sc * sa],
    [sc * cb, sc * sb * sa + cc * ca, sc * sb * ca - cc * sa],
    [-sb, cb * sa, cb * ca],
  ].flat()
}

/** A box of `size` voxels from `start`, perhaps mirrored, or turned and scaled about its middle. */
export function drawView(start: readonly number[], size: readonly number[], spec: AugmentSpec, random: Random): View {
  const flip = random.chance(spec.flip) ? -1 : 1
  if (!random.chance(spec.spatial)) {
    return {
      m: [flip, 0, 0, 0, 1, 0, 0, 0, 1],
      origin: [flip < 0 ? start[0]! + size[0]! - 1 : start[0]!, start[1]!, start[2]!],
      plain: true,
    }
  }
  const turn = randomRotation(spec.rotationDegrees, random)
  const s = 1 / random.uniform(...spec.scale)
  const m = turn.map((value, n) => (n % 3 === 0 ? flip : 1) * value * s)
  const half = size.map((n) => (n - 1) / 2)
  const origin = [0, 1, 2].map(
    (r) => start[r]! + half[r]! - m[3 * r]! * half[0]! - m[3 * r + 1]! * half[1]! - m[3 * r + 2]! * half[2]!,
  )
  return { m, origin: origin as [number, number, number], plain: false }
}

/** The view of the scan that moved: turned about the patch's middle and shifted, each up to its limit. */
export function movedView(view: View, size: readonly number[], spec: MisalignedSpec, random: Random): View {
  const turn = randomRotation(spec.rotationDegrees, random)
  const at = (rows: readonly number[], r: number, c: number) => rows[3 * r + c]!
  const axes = [0, 1, 2]
  const m = axes.flatMap((r) => axes.map((c) => axes.reduce((sum, n) => sum + at(turn, r, n) * at(view.m, n, c), 0)))
  const half = size.map((n) => (n - 1) / 2)
  const origin = axes.map((r) => {
    const shift = random.uniform(-spec.shiftVoxels, spec.shiftVoxels)
    return half.reduce((sum, h, c) => sum + (at(view.m, r, c) - at(m, r, c)) * h, view.origin[r]! + shift)
  })
  return { m, origin: origin as [number, number, number], plain: false }
}
