/**
 * FreeSurfer's MGZ: a gzipped, big-endian MGH file, version 1. The 284-byte header holds the sizes, the voxel type,
 * the spacing, the direction of each axis and the world position (RAS mm) of the centre of the volume
 * (surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat). Data are x fastest, as ours.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { FaultError } from '../../src/errors.ts'
import type { Affine, Shape, Volume } from '../../src/volume/volume.ts'
import { voxelCount } from '../../src/volume/volume.ts'
import { TRAINING_LIMITS } from './limits.ts'

const HEADER_BYTES = 284

/** Type code → bytes a voxel and how one is read. */
const TYPES: ReadonlyMap<number, { bytes: number; read: (view: DataView, at: number) => number }> = new Map([
  [0, { bytes: 1, read: (view: DataView, at: number) => view.getUint8(at) }],
  [1, { bytes: 4, read: (view: DataView, at: number) => view.getInt32(at) }],
  [3, { bytes: 4, read: (view: DataView, at: number) => view.getFloat32(at) }],
  [4, { bytes: 2, read: (view: DataView, at: number) => view.getInt16(at) }],
])

/** The centre voxel is size/2 (not (size − 1)/2): FreeSurfer's definition of c_ras. */
function affineOf(view: DataView, shape: Shape): Affine {
  const spacing = [0, 1, 2].map((axis) => view.getFloat32(30 + 4 * axis))
  // the file lists the direction of x, then of y, then of z
  const rows = [0, 1, 2].map((world) => {
    const columns = [0, 1, 2].map((axis) => view.getFloat32(42 + 4 * (3 * axis + world)) * spacing[axis]!)
    const centre = view.getFloat32(78 + 4 * world)
    return [...columns, centre - columns.reduce((sum, column, axis) => sum + (column * shape[axis]!) / 2, 0)]
  })
  return [...rows.flat(), 0, 0, 0, 1]
}

/** Faults: nifti-header (not MGH, no direction), nifti-4d, nifti-datatype, nifti-truncated, too-many-voxels. */
export async function readMgz(path: string): Promise<{ readonly volume: Volume<'scan'>; readonly sha256: string }> {
  const file = await readFile(path)
  const bytes = gunzipSync(file, { maxOutputLength: TRAINING_LIMITS.maxInflatedBytes })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER_BYTES || view.getInt32(0) !== 1)
    throw new FaultError('nifti-header', 'not an MGH file, version 1')
  const shape: Shape = [view.getInt32(4), view.getInt32(8), view.getInt32(12)]
  const frames = view.getInt32(16)
  const type = TYPES.get(view.getInt32(20))
  const voxels = voxelCount(shape)
  if (frames !== 1) throw new FaultError('nifti-4d', `the file has ${frames} frames; 1 is allowed`)
  if (view.getInt16(28) !== 1)
    throw new FaultError('nifti-header', 'the file states no orientation (goodRASFlag is not 1)')
  if (type === undefined)
    throw new FaultError(
      'nifti-datatype',
      `voxel type ${view.getInt32(20)}; allowed are ${[...TYPES.keys()].join(', ')}`,
    )
  if (!(voxels > 0 && voxels <= TRAINING_LIMITS.maxVoxels))
    throw new FaultError('too-many-voxels', `${voxels} voxels; 1 to ${TRAINING_LIMITS.maxVoxels} are allowed`)
  if (bytes.length < HEADER_BYTES + voxels * type.bytes)
    throw new FaultError(
      'nifti-truncated',
      `${voxels} voxels are promised, ${bytes.length - HEADER_BYTES} bytes follow`,
    )
  const data = new Float32Array(voxels)
  for (let v = 0, at = HEADER_BYTES; v < voxels; v++, at += type.bytes) data[v] = type.read(view, at)
  return {
    volume: { frame: 'scan', shape, affine: affineOf(view, shape), data },
    sha256: createHash('sha256').update(file).digest('hex'),
  }
}
