/** The plan of a file that says by itself, in its own way, where its voxels lie: a NIfTI geometry is made for its label map. */
import { FaultError } from '../errors.ts'
import { type AffineSource, checkAffine } from '../nifti/affine-source.ts'
import type { Packing } from '../nifti/byte-stream.ts'
import type { Datatype } from '../nifti/datatypes.ts'
import type { NiftiGeometry } from '../nifti/geometry.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import { checkPromise, countVoxels, type Plan } from '../nifti/plan.ts'
import type { Vector } from '../volume/affine.ts'
import type { Affine, Shape } from '../volume/volume.ts'

const MILLIMETRES = 2
/** NIFTI_XFORM_SCANNER_ANAT of nifti1.h */
const SCANNER = 1
/** NIfTI-1 stores sizes as int16. */
const MOST_OF_VERSION_1 = 32767

export interface Placed {
  readonly source: AffineSource
  readonly shape: Shape
  /** Index → world, RAS+ mm. */
  readonly affine: Affine
  readonly type: Datatype
  readonly littleEndian: boolean
  readonly voxOffset: number
  readonly packing?: Packing
  readonly hasTail?: boolean
}

/** Faults: nifti-dimensions, too-many-voxels, nifti-affine-singular, nifti-spacing, nifti-sheared, and those of checkPromise(). */
export function planPlaced(placed: Placed, fileBytes: number, limits: NiftiLimits): Plan {
  const { source, shape, affine, type, littleEndian, voxOffset, packing = null, hasTail = false } = placed
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 2))
    throw new FaultError(
      'nifti-dimensions',
      `dimensions are ${shape.join(' × ')}; a scan has three of at least 2 voxels each: send the whole volume`,
    )
  const voxels = countVoxels(shape, limits)
  const spacing = checkAffine(affine, source)
  const endOfVoxels = voxOffset + voxels * type.bytes
  checkPromise(endOfVoxels, fileBytes, limits)
  return {
    ...{
      geometry: placedGeometry(shape, affine, spacing),
      type,
      littleEndian,
      voxOffset,
      voxels,
      endOfVoxels,
      packing,
      hasTail,
    },
    ...{ slope: 0, inter: 0 },
    stated: { affine, affineSource: source, warnings: [] },
  }
}

/** What a label map on such a grid is written with: NIfTI's sform in RAS+ mm, code 1, and no qform. */
export function placedGeometry(shape: Shape, affine: Affine, spacing: Vector): NiftiGeometry {
  return {
    version: Math.max(...shape) > MOST_OF_VERSION_1 ? 2 : 1,
    dim: [3, ...shape, 1, 1, 1, 1],
    pixdim: [1, ...spacing, 0, 0, 0, 0],
    qformCode: 0,
    sformCode: SCANNER,
    quatern: [0, 0, 0],
    qoffset: [0, 0, 0],
    srow: affine.slice(0, 12),
    xyztUnits: MILLIMETRES,
  }
}
