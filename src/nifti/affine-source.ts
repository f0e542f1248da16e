/**
 * Where a NIfTI file's affine comes from (nifti1.h, "3D IMAGE ORIENTATION AND LOCATION IN SPACE"):
 *   sform  where sform_code > 0: the rows as stated;
 *   qform  else where qform_code > 0: rotation by quaternion · diag(pixdim, third column · qfac) + offset;
 *   pixdim else: diag(pixdim), no offset (METHOD 1). Such a file states no orientation: that is a warning.
 * A stated affine that cannot be used is refused; the next one is never tried in its place.
 * The result is in mm: metres and micrometres are converted, an unstated unit (0) is taken as mm.
 */
import { FaultError } from '../errors.ts'
import { determinant, spacingMm, type Vector } from '../volume/affine.ts'
import type { Affine } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import type { NiftiGeometry } from './geometry.ts'

export type AffineSource = 'sform' | 'qform' | 'pixdim'

/** Voxels of an MRI of a head lie between micro-imaging and thick localizer slices. */
const SPACING_MM = { min: 0.05, max: 20 }
/** |cos| between two voxel axes, beyond which orthogonal resampling is wrong: about 6 degrees. */
const MAX_SHEAR = 0.1
/** Share of the box volume a determinant must reach; float32 rounding leaves about 1e-7. */
const MIN_DETERMINANT = 1e-4
/** How far b²+c²+d² may pass 1: float32 rounding of three numbers, with room. */
const QUATERN_TOLERANCE = 1e-5

const UNIT_MM: Readonly<Record<number, number>> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 }

function unitMm(geometry: NiftiGeometry): number {
  const code = geometry.xyztUnits & 7
  const mm = UNIT_MM[code]
  if (mm === undefined)
    throw new FaultError('nifti-header', `unit of length has code ${code}; allowed: 0 unknown, 1 m, 2 mm, 3 µm`)
  return mm
}

function fromSform({ srow }: NiftiGeometry): number[] {
  return [...srow, 0, 0, 0, 1]
}

function fromQform({ quatern, qoffset, pixdim }: NiftiGeometry): number[] {
  const [dx, dy, dz] = [pixdim[1]!, pixdim[2]!, pixdim[3]!]
  if ([dx, dy, dz].some((d) => d <= 0))
    throw new FaultError('nifti-spacing', `voxel sizes are ${dx} × ${dy} × ${dz}; with a qform each must be above 0`)
  // Readers agree on 0 as +1 and on any other positive number, not on negative ones.
  const qfac = pixdim[0]! >= 0 ? 1 : pixdim[0]
  if (qfac !== 1 && qfac !== -1)
    throw new FaultError('nifti-header', `qfac (pixdim[0]) is ${pixdim[0]}; it must be 1 or -1`)
  const squared = quatern.reduce((sum, q) => sum + q * q, 0)
  if (squared > 1 + QUATERN_TOLERANCE)
    throw new FaultError('nifti-header', `the quaternion's b²+c²+d² is ${squared}; it must not be above 1`)
  const norm = Math.sqrt(Math.max(squared, 1))
  const [b, c, d] = [quatern[0]! / norm, quatern[1]! / norm, quatern[2]! / norm]
  const a = Math.sqrt(Math.max(1 - squared, 0))
  const [x, y, z] = [qoffset[0]!, qoffset[1]!, qoffset[2]!]
  const dk = dz * qfac
  return [
    ...[(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * dk, x],
    ...[2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * dk, y],
    ...[2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - c * c - b * b) * dk, z],
    ...[0, 0, 0, 1],
  ]
}

function fromPixdim({ pixdim }: NiftiGeometry): number[] {
  const [dx, dy, dz] = [pixdim[1]!, pixdim[2]!, pixdim[3]!]
  const sizes = `neither sform nor qform is set and voxel sizes are ${dx} × ${dy} × ${dz}`
  if ([dx, dy, dz].some((d) => d < 0)) throw new FaultError('nifti-spacing', `${sizes}; each must be above 0`)
  if (![dx, dy, dz].every((d) => d > 0 && Number.isFinite(d)))
    throw new FaultError('nifti-no-affine', `${sizes}: nothing places the voxels in space`)
  return [dx, 0, 0, 0, 0, dy, 0, 0, 0, 0, dz, 0, 0, 0, 0, 1]
}

const AFFINE: Record<AffineSource, (geometry: NiftiGeometry) => number[]> = {
  sform: fromSform,
  qform: fromQform,
  pixdim: fromPixdim,
}

/** Finite, invertible, of a spacing a scan can have, axes close to perpendicular. Returns the spacing in mm. */
function checkAffine(affine: Affine, source: AffineSource): Vector {
  if (!affine.every(Number.isFinite))
    throw new FaultError('nifti-affine-singular', `the ${source} holds numbers that are not finite`)
  const spacing = spacingMm(affine)
  const box = spacing[0] * spacing[1] * spacing[2]
  const given = spacing.map((mm) => Number(mm.toPrecision(6))).join(' × ')
  const volume = determinant(affine)
  if (!(Math.abs(volume) > MIN_DETERMINANT * box))
    throw new FaultError(
      'nifti-affine-singular',
      `the ${source} is singular: determinant ${volume}, axes of ${given} mm`,
    )
  if (spacing.some((mm) => mm < SPACING_MM.min || mm > SPACING_MM.max))
    throw new FaultError(
      'nifti-spacing',
      `voxels are ${given} mm by the ${source}; allowed: ${SPACING_MM.min} to ${SPACING_MM.max} mm`,
    )
  const cosine = (i: 0 | 1 | 2, j: 0 | 1 | 2): number =>
    [0, 4, 8].reduce((sum, row) => sum + affine[row + i]! * affine[row + j]!, 0) / (spacing[i] * spacing[j])
  const shear = Math.max(Math.abs(cosine(0, 1)), Math.abs(cosine(0, 2)), Math.abs(cosine(1, 2)))
  if (shear > MAX_SHEAR)
    throw new FaultError(
      'nifti-sheared',
      `two voxel axes meet at a cosine of ${shear.toFixed(3)}; at most ${MAX_SHEAR} is allowed (a tilted gantry must be resampled first)`,
    )
  return spacing
}

export interface StatedAffine {
  /** Voxel index → RAS+ mm. */
  readonly affine: Affine
  readonly affineSource: AffineSource
  readonly warnings: readonly Warning[]
}

/** Faults: nifti-no-affine, nifti-affine-singular, nifti-spacing, nifti-sheared, nifti-header. */
export function affineOf(geometry: NiftiGeometry): StatedAffine {
  const affineSource = geometry.sformCode > 0 ? 'sform' : geometry.qformCode > 0 ? 'qform' : 'pixdim'
  const mm = unitMm(geometry)
  const affine = AFFINE[affineSource](geometry).map((value, n) => (n < 12 ? value * mm : value))
  const spacing = checkAffine(affine, affineSource)
  const warnings: Warning[] = []
  const warn = (code: Warning['code'], message: string): void => void warnings.push({ code, message })
  if (affineSource === 'pixdim')
    warn('no-orientation', 'the file states no orientation: its axes are taken as right, anterior, superior')
  if ((geometry.xyztUnits & 7) === 0) warn('no-length-unit', 'the file states no unit of length: mm is taken')
  const sizesMm = geometry.pixdim.slice(1, 4).map((size) => size * mm)
  if (spacing.some((found, axis) => !(Math.abs(found - Math.abs(sizesMm[axis]!)) <= 0.01 * found)))
    warn(
      'spacing-differs',
      `voxel sizes (pixdim) are ${sizesMm.join(' × ')} mm, by the ${affineSource} ${spacing.join(' × ')} mm: the ${affineSource} is used`,
    )
  return { affine, affineSource, warnings }
}
