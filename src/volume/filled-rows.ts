/** Where the rows of a volume hold anything: around a skull-stripped brain and a label map most of a volume is empty. */
import type { Walk } from './orientation.ts'
import type { RowSearch } from './row-search.ts'
import type { Shape } from './volume.ts'

/** The part [start, end) of a row outside of which all is empty, in the order of the walk; empty where start ≥ end. */
export interface FilledRows {
  readonly startOf: (place: number) => number
  readonly endOf: (place: number) => number
}

/**
 * Rows are those of the first axis of the walk, each named by the place in the data where it begins (offset + j · strides[1] + k ·
 * strides[2]), and looked at when they are asked for. They must lie in one piece: the walk's first stride is 1 or −1.
 * @param search finds in a row what is held
 */
export function filledRows(
  { firstIn, endIn }: RowSearch,
  { strides: [step] }: Pick<Walk, 'strides'>,
  [nx, ny, nz]: Shape,
): FilledRows {
  const isReversed = step < 0
  const [starts, ends] = [new Int32Array(ny * nz).fill(-1), new Int32Array(ny * nz)]
  /** Its number in the data, whichever way it is walked. */
  const rowAt = (place: number): number => {
    const from = isReversed ? place - (nx - 1) : place
    const row = from / nx
    if (starts[row] !== -1) return row
    const start = firstIn(from, from + nx) - from
    const end = endIn(from + start, from + nx) - from
    starts[row] = isReversed ? nx - end : start
    ends[row] = isReversed ? nx - start : end
    return row
  }
  return { startOf: (place) => starts[rowAt(place)]!, endOf: (place) => ends[rowAt(place)]! }
}
