/** Where the rows of a volume begin and end to hold what is looked for. Each kind of data has a loop of its own, which stays fast. */
import { endOfFilled, fourAtOnce, nextFilled } from './next-filled.ts'

/** In the places [from, end) of the data. */
export interface RowSearch {
  /** The first place that is in; `end` where there is none. */
  readonly firstIn: (from: number, end: number) => number
  /** One past the last; `from` where there is none. */
  readonly endIn: (from: number, end: number) => number
}

/** Values above the threshold. */
export function searchAbove(data: Float32Array | Uint8Array, threshold: number): RowSearch {
  return {
    firstIn: (from, end) => firstAbove(data, from, end, threshold),
    endIn: (from, end) => endAbove(data, from, end, threshold),
  }
}

/** Values that are not 0, which −0 is. */
export function searchFilled(data: Float32Array | Uint8Array): RowSearch {
  if (data instanceof Uint8Array) return searchOther(data, 0)
  // the sign bit is left out
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length)
  return {
    firstIn: (from, end) => firstFilled(bits, from, end),
    endIn: (from, end) => endFilled(bits, from, end),
  }
}

/** Bytes other than `empty`. */
export function searchOther(data: Uint8Array, empty: number): RowSearch {
  const words = fourAtOnce(data)
  return {
    firstIn: (from, end) => nextFilled(data, words, from, end, empty),
    endIn: (from, end) => endOfFilled(data, words, from, end, empty),
  }
}

function firstAbove(data: Float32Array | Uint8Array, from: number, end: number, threshold: number): number {
  let at = from
  while (at < end && !(data[at]! > threshold)) at++
  return at
}

function endAbove(data: Float32Array | Uint8Array, from: number, end: number, threshold: number): number {
  let at = end
  while (at > from && !(data[at - 1]! > threshold)) at--
  return at
}

function firstFilled(bits: Int32Array, from: number, end: number): number {
  let at = from
  while (at < end && bits[at]! << 1 === 0) at++
  return at
}

function endFilled(bits: Int32Array, from: number, end: number): number {
  let at = end
  while (at > from && bits[at - 1]! << 1 === 0) at--
  return at
}
