/** The label map with painted voxels, in the file that the service gave: its header stays as it is, byte for byte. */
import { voxelsOf } from '../scan/head.ts'
import { firstBytes } from '../scan/inflate.ts'
import { readNifti } from '../scan/nifti.ts'

/**
 * @param original the map as the service gave it, gzipped or not, one byte a voxel
 * @param painted a NIfTI on the same grid, one byte a voxel
 * @returns a .nii.gz
 */
export async function withVoxelsOf(original: Blob, painted: Uint8Array): Promise<Blob> {
  const bytes = await firstBytes(original, Number.POSITIVE_INFINITY)
  const head = readNifti(viewOf(bytes))
  const paintedHead = readNifti(viewOf(painted))
  const voxels = voxelsOf(head)
  if (head.kind !== 'uint8' || paintedHead.kind !== 'uint8' || String(head.shape) !== String(paintedHead.shape)) {
    throw new Error(`a map of ${head.shape.join(' × ')} was painted as ${paintedHead.shape.join(' × ')}`)
  }
  bytes.set(painted.subarray(paintedHead.offset, paintedHead.offset + voxels), head.offset)
  const gzipped = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Response(gzipped, { headers: { 'Content-Type': 'application/gzip' } }).blob()
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
