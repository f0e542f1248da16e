/** The voxels of a file whose header has been read, whatever its format: x fastest, one number each. */
import { FaultError } from '../../src/errors.ts'
import type { Datatype } from '../../src/nifti/datatypes.ts'
import { createVoxelSink } from '../../src/nifti/voxels.ts'
import type { Affine, Shape, Volume } from '../../src/volume/volume.ts'
import { voxelCount } from '../../src/volume/volume.ts'

export interface Stored {
  readonly shape: Shape
  /** Index → world, RAS+ mm. */
  readonly affine: Affine
  readonly type: Datatype
  readonly littleEndian: boolean
}

/** Faults: nifti-truncated, nifti-nonfinite. Bytes beyond the last voxel are ignored. */
export function scanFromBytes(bytes: Buffer, { shape, affine, type, littleEndian }: Stored): Volume<'scan'> {
  const voxels = voxelCount(shape)
  if (bytes.length < voxels * type.bytes)
    throw new FaultError(
      'nifti-truncated',
      `${shape.join(' × ')} need ${voxels * type.bytes} bytes; there are ${bytes.length}`,
    )
  const sink = createVoxelSink(voxels, type, littleEndian, { slope: 1, inter: 0 })
  sink.push(bytes)
  const { nonFinite } = sink.state()
  if (nonFinite > 0)
    throw new FaultError('nifti-nonfinite', `${nonFinite} of ${voxels} voxels are not finite; none may be`)
  return { frame: 'scan', shape, affine, data: sink.data }
}
