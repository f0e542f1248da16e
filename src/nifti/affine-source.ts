/**
 * Where a NIfTI file's affine comes from (nifti1.h, "3D IMAGE ORIENTATION AND LOCATION IN SPACE"):
 *   sform  where sform_code > 0: the rows as stated;
 *   qform  else where qform_code > 0: rotation by quaternion · diag(pixdim, third column · qfac) + offset;
 *   pixdim else: diag(pixdim), no offset (METHOD 1). Such a file states no orientation: that is a warning.
 * Where both codes are above 0 and the two mean different places, that is a warning; a caller may choose the qform.
 * A stated affine that cannot be used is refused; the next one is never tried in its place.
 * The result is in mm: metres and micrometres are converted, an unstated unit (0) is taken as mm.
 */
import { FaultError } from '../errors.ts'
import { determinant, spacingMm, type Vector } from '../volume/affine.ts'
import type { Affine } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { AFFINE, type NiftiAffine } from './affine-forms.ts'
import { type NiftiGeometry, shapeOf } from './geometry.ts'
import { differenceOf } from './two-affines.ts'

/** NIfTI has one of three ways to say it; other formats (src/formats, src/dicom) have a single one. */
export type AffineSource = NiftiAffine | 'mgh' | 'nrrd' | 'metaimage' | 'dicom'

/** What a caller may ask for in place of the order above, where a file states two. */
export type AffineChoice = 'qform'

/** Voxels of an MRI of a head lie between micro-imaging and thick localizer slices. */
const SPACING_MM = { min: 0.05, max: 20 }
/** |cos| between two voxel axes, beyond which orthogonal resampling is wrong: about 6 degrees. */
const MAX_SHEAR = 0.1
/** Share of the box volume a determinant must reach; float32 rounding leaves about 1e-7. */
const MIN_DETERMINANT = 1e-4

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

function sourceOf({ sformCode, qformCode }: NiftiGeometry, choice: AffineChoice | undefined): NiftiAffine {
  if (choice === 'qform' && qformCode <= 0)
    throw new FaultError(
      'nifti-no-affine',
      'affine=qform was asked for, and the file states no qform (its code is 0): leave affine=qform out',
    )
  return choice ?? (sformCode > 0 ? 'sform' : qformCode > 0 ? 'qform' : 'pixdim')
}

/** In mm. Faults: those of affineOf(). */
function affineFrom(source: NiftiAffine, geometry: NiftiGeometry, unit: Unit): Affine {
  const affine = AFFINE[source](geometry).map((value, n) => (n < 12 ? value * unit.mm : value))
  checkAffine(affine, source, unit)
  return affine
}

/** The one of sform and qform that is not used, where the file states it and it could be. */
function otherAffine(geometry: NiftiGeometry, used: NiftiAffine, unit: Unit): Affine | undefined {
  if (geometry.sformCode <= 0 || geometry.qformCode <= 0) return undefined
  try {
    return affineFrom(used === 'sform' ? 'qform' : 'sform', geometry, unit)
  } catch (error) {
    if (error instanceof FaultError) return undefined
    throw error
  }
}

/**
 * @param choice where a file states two
 * Faults: nifti-no-affine, nifti-affine-singular, nifti-spacing, nifti-sheared, nifti-header.
 */
export function affineOf(geometry: NiftiGeometry, choice?: AffineChoice): StatedAffine {
  const affineSource = sourceOf(geometry, choice)
  const unit = unitOf(geometry)
  const { mm } = unit
  const affine = affineFrom(affineSource, geometry, unit)
  const spacing = spacingMm(affine)
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
  const other = otherAffine(geometry, affineSource, unit)
  if (other !== undefined) {
    const [sform, qform] = affineSource === 'sform' ? [affine, other] : [other, affine]
    const difference = differenceOf(sform, qform, shapeOf(geometry))
    const hint =
      choice === undefined ? 'the sform is used; affine=qform takes the other' : 'the qform is used, as asked'
    if (difference !== undefined) warn('affines-differ', `${difference}: ${hint}`)
  }
  return { affine, affineSource, warnings }
}
