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
type WholeNumbers = Exclude<Stored, Float32Array | Float64Array>

/** Little-endian bytes as numbers, copied where they do not begin at a multiple of their size; null where that cannot be. */
function asStored(bytes: Uint8Array, code: number): Stored | null {
  const Stored = ARRAYS[code as keyof typeof ARRAYS]
  if (Stored === undefined || !isLittleEndian) return null
  const isAligned = bytes.byteOffset % Stored.BYTES_PER_ELEMENT === 0
  const { buffer, byteOffset, byteLength } = isAligned ? bytes : Uint8Array.from(bytes)
  return new Stored(buffer as ArrayBuffer, byteOffset, Math.floor(byteLength / Stored.BYTES_PER_ELEMENT))
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

  /** What is stored as it is, of whole numbers: none is odd, and their ends say those of the values. */
  function take(stored: WholeNumbers): void {
    let [least, most] = [stored[0]!, stored[0]!]
    for (let at = 1; at < stored.length; at++) {
      const value = stored[at]!
      if (value < least) least = value
      if (value > most) most = value
    }
    data.set(stored, filled)
    filled += stored.length
    min = Math.min(min, Math.fround(least))
    max = Math.max(max, Math.fround(most))
  }

  function convert(bytes: Uint8Array): void {
    const count = Math.min(voxels - filled, bytes.byteLength / type.bytes)
    const stored = littleEndian || type.bytes === 1 ? asStored(bytes, type.code) : null
    if (stored !== null && isPlain && !(stored instanceof Float32Array || stored instanceof Float64Array)) {
      if (count > 0) take(stored.subarray(0, count))
      return
    }
    if (stored === null) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      for (let n = 0; n < count; n++) data[filled + n] = type.get(view, n * type.bytes, littleEndian) * slope + inter
    } else for (let n = 0; n < count; n++) data[filled + n] = stored[n]! * slope + inter
    // numbers of this call: those of the sink are out of the loop's reach
    let [least, most, odd] = [min, max, 0]
    for (let at = filled; at < filled + count; at++) {
      const value = data[at]!
      if (!Number.isFinite(value)) odd++
      else {
        if (value < least) least = value
        if (value > most) most = value
      }
    }
    filled += count
    nonFinite += odd
    min = least
    max = most
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
