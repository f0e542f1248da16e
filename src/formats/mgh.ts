/**
 * FreeSurfer's MGH, version 1, and MGZ, which is gzip around it: big-endian. The 284-byte header holds the sizes, the voxel
 * type, the spacing, the direction of each axis and the world position (RAS mm) of the centre of the volume
 * (surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat). Data are x fastest, as ours; the scanner's settings and a history
 * follow them.
 */
import { FaultError } from '../errors.ts'
import { type Datatype, datatypeOf } from '../nifti/datatypes.ts'
import type { Planner } from '../nifti/plan.ts'
import type { Affine, Shape } from '../volume/volume.ts'
import { planPlaced } from './plan-placed.ts'

const HEADER_BYTES = 284

/** Type code (MRI_UCHAR … of mri.h) → NIfTI's code of the same numbers. */
const TYPES: ReadonlyMap<number, readonly [name: string, code: number]> = new Map([
  [0, ['uchar', 2]],
  [1, ['int', 8]],
  [3, ['float', 16]],
  [4, ['short', 4]],
  [10, ['ushort', 512]],
])

/** The centre voxel is size/2 (not (size − 1)/2): FreeSurfer's definition of c_ras. */
function affineOf(head: Buffer, shape: Shape): Affine {
  const spacing = [0, 1, 2].map((axis) => head.readFloatBE(30 + 4 * axis))
  // the file lists the direction of x, then of y, then of z
  const rows = [0, 1, 2].map((world) => {
    const columns = [0, 1, 2].map((axis) => head.readFloatBE(42 + 4 * (3 * axis + world)) * spacing[axis]!)
    const centre = head.readFloatBE(78 + 4 * world)
    return [...columns, centre - columns.reduce((sum, column, axis) => sum + (column * shape[axis]!) / 2, 0)]
  })
  return [...rows.flat(), 0, 0, 0, 1]
}

function typeOf(code: number): Datatype {
  const type = TYPES.get(code)
  if (type !== undefined) return datatypeOf(type[1])
  const allowed = [...TYPES].map(([number, [name]]) => `${number} ${name}`).join(', ')
  throw new FaultError(
    'nifti-datatype',
    `the MGH voxel type is ${code}; allowed: ${allowed} (mri_convert -odt float in.mgz out.mgz)`,
  )
}

/** `head` is of a version 1. Faults: nifti-no-affine, nifti-4d, nifti-datatype, nifti-truncated, and those of planPlaced(). */
export const planMgh: Planner = (head, isWhole, fileBytes, limits) => {
  if (head.length < HEADER_BYTES) {
    if (!isWhole) return null
    throw new FaultError(
      'nifti-truncated',
      `the file ends after ${head.length} bytes, an MGH header has ${HEADER_BYTES}: send it again`,
    )
  }
  const shape: Shape = [head.readInt32BE(4), head.readInt32BE(8), head.readInt32BE(12)]
  const frames = head.readInt32BE(16)
  if (frames !== 1)
    throw new FaultError(
      'nifti-4d',
      `the file has ${frames} frames; 1 is allowed (mri_convert --frame 0 in.mgz out.mgz takes the first)`,
    )
  if (head.readInt16BE(28) !== 1)
    throw new FaultError(
      'nifti-no-affine',
      'the MGH file states no orientation (goodRASFlag is not 1); none is assumed (mri_convert --in_orientation sets it)',
    )
  return planPlaced(
    {
      ...{ source: 'mgh', shape, affine: affineOf(head, shape), littleEndian: false, hasTail: true },
      ...{ type: typeOf(head.readInt32BE(20)), voxOffset: HEADER_BYTES },
    },
    fileBytes,
    limits,
  )
}
