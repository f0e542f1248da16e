/** Voxels as they stream in: each chunk is converted into the one Float32Array and let go. */
import type { Datatype } from './datatypes.ts'

export interface VoxelSink {
  readonly data: Float32Array
  /** Takes the next bytes of the voxel block; bytes beyond the last voxel are ignored. */
  push(chunk: Uint8Array): void
  /** Over what has been pushed so far; only finite voxels count for `min` and `max`. */
  state(): { voxels: number; nonFinite: number; min: number; max: number }
}

/**
 * value = stored · slope + inter, in float64, rounded once to float32; slope 0 means stored values are the values.
 * A value beyond float32 becomes infinite and counts as such.
 */
export function createVoxelSink(
  voxels: number,
  type: Datatype,
  littleEndian: boolean,
  scale: { readonly slope: number; readonly inter: number },
): VoxelSink {
  const data = new Float32Array(voxels)
  const slope = scale.slope === 0 ? 1 : scale.slope
  const inter = scale.slope === 0 ? 0 : scale.inter
  const split = new Uint8Array(type.bytes) // a voxel that two chunks share
  let splitBytes = 0
  let filled = 0
  let nonFinite = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY

  function convert(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const end = Math.min(voxels, filled + bytes.byteLength / type.bytes)
    for (let offset = 0; filled < end; offset += type.bytes) {
      data[filled] = type.get(view, offset, littleEndian) * slope + inter
      const value = data[filled++]!
      if (!Number.isFinite(value)) nonFinite++
      else {
        if (value < min) min = value
        if (value > max) max = value
      }
    }
  }

  function push(chunk: Uint8Array): void {
    const head = splitBytes === 0 ? 0 : Math.min(type.bytes - splitBytes, chunk.length)
    split.set(chunk.subarray(0, head), splitBytes)
    splitBytes += head
    if (splitBytes === type.bytes) {
      convert(split)
      splitBytes = 0
    }
    const whole = head + Math.floor((chunk.length - head) / type.bytes) * type.bytes
    convert(chunk.subarray(head, whole))
    split.set(chunk.subarray(whole), splitBytes)
    splitBytes += chunk.length - whole
  }

  return { data, push, state: () => ({ voxels: filled, nonFinite, min, max }) }
}
