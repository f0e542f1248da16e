/** Voxels as they stream in: each chunk is converted into the one Float32Array and let go. */
import type { Datatype } from './datatypes.ts'

/** By the code of nifti1.h; the rest goes voxel by voxel. */
const ARRAYS = {
  2: Uint8Array,
  256: Int8Array,
  512: Uint16Array,
  4: Int16Array,
  768: Uint32Array,
  8: Int32Array,
  16: Float32Array,
  64: Float64Array,
} as const

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

type Stored = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>

/** Little-endian bytes as numbers, copied where they do not begin at a multiple of their size; null where that cannot be. */
function asStored(bytes: Uint8Array, code: number): Stored | null {
  const Stored = ARRAYS[code as keyof typeof ARRAYS]
  if (Stored === undefined || !isLittleEndian) return null
  const isAligned = bytes.byteOffset % Stored.BYTES_PER_ELEMENT === 0
  const { buffer, byteOffset, byteLength } = isAligned ? bytes : Uint8Array.from(bytes)
  return new Stored(buffer as ArrayBuffer, byteOffset, Math.floor(byteLength / Stored.BYTES_PER_ELEMENT))
}

/** Functions of the module, called for each chunk: what the engine learns of a sink's own functions ends with the sink. */
function scaled(room: Float32Array, stored: Stored, slope: number, inter: number): void {
  for (let n = 0; n < room.length; n++) room[n] = stored[n]! * slope + inter
}

function endsOf(values: Float32Array): { readonly min: number; readonly max: number; readonly nonFinite: number } {
  let [min, max, nonFinite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!
    // of what is not finite the difference is no number
    if (value - value !== 0) nonFinite++
    else {
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  return { min, max, nonFinite }
}

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
  const isPlain = slope === 1 && inter === 0
  const split = new Uint8Array(type.bytes) // a voxel that two chunks share
  let splitBytes = 0
  let filled = 0
  let nonFinite = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY

  function convert(bytes: Uint8Array): void {
    const count = Math.min(voxels - filled, bytes.byteLength / type.bytes)
    const stored = littleEndian || type.bytes === 1 ? asStored(bytes, type.code) : null
    const room = data.subarray(filled, filled + count)
    if (stored === null) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      for (let n = 0; n < count; n++) room[n] = type.get(view, n * type.bytes, littleEndian) * slope + inter
    } else if (isPlain) room.set(stored.subarray(0, room.length))
    else scaled(room, stored, slope, inter)
    const ends = endsOf(room)
    filled += room.length
    nonFinite += ends.nonFinite
    min = Math.min(min, ends.min)
    max = Math.max(max, ends.max)
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
