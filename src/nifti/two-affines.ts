/**
 * The sform and the qform of one file, where it states both. Tools that change one and forget the other leave files of
 * which two readers see two heads; a reader that takes either without a word is right half of the time.
 */
import { applyAffine, determinant, longestEdgeMm, type Vector } from '../volume/affine.ts'
import { orientationCode } from '../volume/orientation.ts'
import type { Affine, Shape } from '../volume/volume.ts'

/** The positions of the eight outer voxels. */
function corners(affine: Affine, shape: Shape): Vector[] {
  return Array.from({ length: 8 }, (_, n) => {
    const [i, j, k] = shape.map((size, axis) => ((n >> axis) & 1) * (size - 1))
    return applyAffine(affine, i!, j!, k!)
  })
}

/** What differs, in words and with both values; undefined where they agree to a voxel. Both in mm. */
export function differenceOf(sform: Affine, qform: Affine, shape: Shape): string | undefined {
  const theirs = corners(qform, shape)
  const apart = corners(sform, shape).map((p, n) => Math.hypot(...p.map((mm, axis) => mm - theirs[n]![axis]!)))
  const mostMm = Math.max(...apart)
  const isMirrored = determinant(sform) * determinant(qform) < 0
  if (!isMirrored && mostMm <= longestEdgeMm(sform)) return undefined
  const place = (affine: Affine) => {
    const origin = applyAffine(affine, 0, 0, 0).map((mm) => mm.toFixed(1))
    return `${orientationCode(affine)} with the first voxel at ${origin.join(', ')} mm`
  }
  const how = isMirrored ? 'one is the mirror image of the other' : `they are up to ${mostMm.toFixed(1)} mm apart`
  return `the header states two affines: by the sform the voxels run ${place(sform)}, by the qform ${place(qform)}; ${how}`
}
