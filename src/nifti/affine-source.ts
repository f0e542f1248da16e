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

type NiftiAffine = 'sform' | 'qform' | 'pixdim'
/** Of NIfTI one of three; other formats (src/formats) have one way to say it. */
export type AffineSource = NiftiAffine | 'mgh' | 'nrrd' | 'metaimage'

/** Voxels of an MRI of a head lie between micro-imaging and thick localizer slices. */
const SPACING_MM = { min: 0.05, max: 20 }
/** |cos| between two voxel axes, beyond which orthogonal resampling is wrong: about 6 degrees. */
const MAX_SHEAR = 0.1
/** Share of the box volume a determinant must reach; float32 rounding leaves about 1e-7. */
const MIN_DETERMINANT = 1e-4
/** How far b²+c²+d² may pass 1: float32 rounding of three numbers, with room. */
const QUATERN_TOLERANCE = 1e-5

interface Unit {
  readonly mm: number
  readonly says: string
}

const UNITS: Readonly<Record<number, Unit>> = {
  0: { mm: 1, says: 'no unit, so that mm is taken' },
  1: { mm: 1000, says: 'm' },
  2: { mm: 1, says: 'mm' },
  3: { mm: 0.001, says: 'µm' },
}
/** How to state a unit: what the numbers mean is not guessed from their size. */
const SET_UNIT = "nibabel: img.header.set_xyzt_units('mm') or 'micron' or 'meter', then save"

function unitOf(geometry: NiftiGeometry): Unit {
  const code = geometry.xyztUnits & 7
  const unit = UNITS[code]
  if (unit === undefined)
    throw new FaultError(
      'nifti-header',
      `the unit of length in xyzt_units has code ${code}; allowed: 0 unknown, 1 m, 2 mm, 3 µm (${SET_UNIT})`,
    )
  return unit
}

function sizesOf(mm: readonly number[]): string {
  return mm.map((size) => Number(size.toPrecision(6))).join(' × ')
}

/** What the field of the unit has to do with sizes that no scan has: with another unit the same numbers may be right. */
function unitDoubt(spacing: Vector, { mm, says }: Unit): string {
  const stated = spacing.map((size) => size / mm)
  const other = [UNITS[1]!, UNITS[2]!, UNITS[3]!].find(
    (unit) => unit.mm !== mm && stated.every((size) => isSpacing(size * unit.mm)),
  )
  const field = `xyzt_units says ${says}`
  return other === undefined
    ? `${field}; write the sizes anew from the source of the file`
    : `${field}, the file's numbers are ${sizesOf(stated)}; if they are ${other.says}, say so in xyzt_units (${SET_UNIT})`
}

function isSpacing(mm: number): boolean {
  return mm >= SPACING_MM.min && mm <= SPACING_MM.max
}

function fromSform({ srow }: NiftiGeometry): number[] {
  return [...srow, 0, 0, 0, 1]
}

function fromQform({ quatern, qoffset, pixdim }: NiftiGeometry): number[] {
  const [dx, dy, dz] = [pixdim[1]!, pixdim[2]!, pixdim[3]!]
  if ([dx, dy, dz].some((d) => d <= 0))
    throw new FaultError(
      'nifti-spacing',
      `voxel sizes are ${dx} × ${dy} × ${dz}; with a qform each must be above 0: write them anew from the source of the file`,
    )
  // Readers agree on 0 as +1 and on any other positive number, not on negative ones.
  const qfac = pixdim[0]! >= 0 ? 1 : pixdim[0]
  if (qfac !== 1 && qfac !== -1)
    throw new FaultError(
      'nifti-header',
      `qfac (pixdim[0]) is ${pixdim[0]}; it must be 1 or -1: write the qform anew (nibabel: img.set_qform(affine), then save)`,
    )
  const squared = quatern.reduce((sum, q) => sum + q * q, 0)
  if (squared > 1 + QUATERN_TOLERANCE)
    throw new FaultError(
      'nifti-header',
      `the quaternion's b²+c²+d² is ${squared}; it must not be above 1: write the qform anew (nibabel: img.set_qform(affine), then save)`,
    )
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
  if ([dx, dy, dz].some((d) => d < 0))
    throw new FaultError('nifti-spacing', `${sizes}; each must be above 0: write them anew from the source of the file`)
  if (![dx, dy, dz].every((d) => d > 0 && Number.isFinite(d)))
    throw new FaultError(
      'nifti-no-affine',
      `${sizes}: nothing places the voxels in space; convert the DICOM series anew (dcm2niix), or copy the geometry of a scan of the same grid (fslcpgeom)`,
    )
  return [dx, 0, 0, 0, 0, dy, 0, 0, 0, 0, dz, 0, 0, 0, 0, 1]
}

const AFFINE: Record<NiftiAffine, (geometry: NiftiGeometry) => number[]> = {
  sform: fromSform,
  qform: fromQform,
  pixdim: fromPixdim,
}

const WRITE_ANEW = 'write it anew from the source of the file, or copy it from a scan of the same grid: fslcpgeom'

/** Finite, invertible, of a spacing a scan can have, axes close to perpendicular. Returns the spacing in mm. */
export function checkAffine(affine: Affine, source: AffineSource, unit?: Unit): Vector {
  if (!affine.every(Number.isFinite))
    throw new FaultError('nifti-affine-singular', `the ${source} holds numbers that are not finite: ${WRITE_ANEW}`)
  const spacing = spacingMm(affine)
  const box = spacing[0] * spacing[1] * spacing[2]
  const given = sizesOf(spacing)
  const volume = determinant(affine)
  if (!(Math.abs(volume) > MIN_DETERMINANT * box))
    throw new FaultError(
      'nifti-affine-singular',
      `the ${source} is singular: determinant ${volume}, axes of ${given} mm: ${WRITE_ANEW}`,
    )
  if (!spacing.every(isSpacing)) {
    const doubt = unit === undefined ? 'write the sizes anew from the source of the file' : unitDoubt(spacing, unit)
    throw new FaultError(
      'nifti-spacing',
      `voxels are ${given} mm by the ${source}; allowed: ${SPACING_MM.min} to ${SPACING_MM.max} mm; ${doubt}`,
    )
  }
  const cosine = (i: 0 | 1 | 2, j: 0 | 1 | 2): number =>
    [0, 4, 8].reduce((sum, row) => sum + affine[row + i]! * affine[row + j]!, 0) / (spacing[i] * spacing[j])
  const shear = Math.max(Math.abs(cosine(0, 1)), Math.abs(cosine(0, 2)), Math.abs(cosine(1, 2)))
  if (shear > MAX_SHEAR)
    throw new FaultError(
      'nifti-sheared',
      `two voxel axes meet at a cosine of ${shear.toFixed(3)}; at most ${MAX_SHEAR} is allowed (a tilted gantry must be resampled first: dcm2niix does, from the DICOM series)`,
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
  const unit = unitOf(geometry)
  const { mm } = unit
  const affine = AFFINE[affineSource](geometry).map((value, n) => (n < 12 ? value * mm : value))
  const spacing = checkAffine(affine, affineSource, unit)
  const warnings: Warning[] = []
  const warn = (code: Warning['code'], message: string): void => void warnings.push({ code, message })
  if (affineSource === 'pixdim')
    warn('no-orientation', 'the file states no orientation: its axes are taken as right, anterior, superior')
  if ((geometry.xyztUnits & 7) === 0) warn('no-length-unit', 'the file states no unit of length: mm is taken')
  if (mm !== 1)
    warn(
      'unit-converted',
      `xyzt_units says ${unit.says}: voxels of ${sizesOf(spacing.map((size) => size / mm))} ${unit.says} are taken as ${sizesOf(spacing)} mm; programs that do not read that field see them as mm`,
    )
  const sizesMm = geometry.pixdim.slice(1, 4).map((size) => size * mm)
  if (spacing.some((found, axis) => !(Math.abs(found - Math.abs(sizesMm[axis]!)) <= 0.01 * found)))
    warn(
      'spacing-differs',
      `voxel sizes (pixdim) are ${sizesMm.join(' × ')} mm, by the ${affineSource} ${spacing.join(' × ')} mm: the ${affineSource} is used`,
    )
  return { affine, affineSource, warnings }
}
