/** What the header of a file promises, held to the limits before a voxel is read. */
import { FaultError } from '../errors.ts'
import { affineOf, type StatedAffine } from './affine-source.ts'
import { type Datatype, datatypeOf } from './datatypes.ts'
import { shapeOf } from './geometry.ts'
import { type NiftiHeader, parseHeader } from './header.ts'
import type { NiftiLimits } from './limits.ts'

/** DEFLATE gives at most 1032 bytes for one (258 bytes for 2 bits). */
const MAX_INFLATION = 1032

export interface Plan extends NiftiHeader {
  readonly stated: StatedAffine
  readonly type: Datatype
  readonly voxels: number
  readonly endOfVoxels: number
}

/**
 * @param head the first bytes of the content, MAX_HEADER_BYTES of them or all there are
 * @param fileBytes of the file as it lies on disk
 * @throws FaultError those of parseHeader(), datatypeOf() and affineOf(), too-many-voxels, inflated-too-large,
 *   nifti-truncated
 */
export function planRead(head: Buffer, fileBytes: number, limits: NiftiLimits): Plan {
  const header = parseHeader(head)
  const { geometry, datatypeCode, voxOffset } = header
  const shape = shapeOf(geometry)
  const type = datatypeOf(datatypeCode)
  // in BigInt: the product of three 64-bit dimensions must not round its way under the limit
  const voxels = shape.reduce((product, n) => product * BigInt(n), 1n)
  if (voxels > BigInt(limits.maxVoxels))
    throw new FaultError(
      'too-many-voxels',
      `${shape.join(' × ')} are ${voxels} voxels; at most ${limits.maxVoxels} are allowed`,
    )
  const stated = affineOf(geometry)
  if (voxOffset > limits.maxInflatedBytes)
    throw new FaultError('nifti-header', `vox_offset is ${voxOffset}; at most ${limits.maxInflatedBytes} is allowed`)
  const endOfVoxels = voxOffset + Number(voxels) * type.bytes
  if (endOfVoxels > limits.maxInflatedBytes)
    throw new FaultError(
      'inflated-too-large',
      `the header promises ${endOfVoxels} bytes; at most ${limits.maxInflatedBytes} are allowed`,
    )
  // before the volume is allocated: a file of a few bytes cannot hold it
  if (fileBytes * MAX_INFLATION < endOfVoxels)
    throw new FaultError('nifti-truncated', `the header promises ${endOfVoxels} bytes, the file has ${fileBytes}`)
  return { ...header, stated, type, voxels: Number(voxels), endOfVoxels }
}
