/** The cut of a box of blocks into boxes whose costs add up to the least: along one axis, and each of these parts along another. */
import { type Box, sizeOf } from '../volume/crop.ts'
import { voxelCount } from '../volume/volume.ts'

export type Axis = 0 | 1 | 2

export interface Cut {
  /** Of all parts; Infinity where each cut has one that must not be. */
  readonly cost: number
  /** Those that cost something. */
  readonly parts: readonly Box[]
}

const IMPOSSIBLE: Cut = { cost: Number.POSITIVE_INFINITY, parts: [] }

/**
 * A box of more than `mostBlocks`, or in which each cut has a part that must not be, is halved before.
 * @param costOf what a part costs, 0 or more; Infinity where it must not be
 */
export function bestCut(box: Box, costOf: (part: Box) => number, mostBlocks: number): Cut {
  const lengths = sizeOf(box)
  const longest = lengths.indexOf(Math.max(...lengths)) as Axis
  if (voxelCount(lengths) <= mostBlocks) {
    const [xy, yx] = cutsIn(box, [0, 1], costOf)
    const [xz, zx] = cutsIn(box, [0, 2], costOf)
    const [yz, zy] = cutsIn(box, [1, 2], costOf)
    const best = [xy, xz, yx, yz, zx, zy].reduce((found, cut) => (cut.cost < found.cost ? cut : found))
    if (best.cost < Number.POSITIVE_INFINITY) return best
  }
  if (lengths[longest] === 1) return IMPOSSIBLE
  const middle = box.start[longest] + Math.round(lengths[longest] / 2)
  const first = bestCut({ start: box.start, end: put(box.end, longest, middle) }, costOf, mostBlocks)
  const second = bestCut({ start: put(box.start, longest, middle), end: box.end }, costOf, mostBlocks)
  const cost = first.cost + second.cost
  return cost < Number.POSITIVE_INFINITY ? { cost, parts: [...first.parts, ...second.parts] } : IMPOSSIBLE
}

/** Something of the part of a box from `a` to `aEnd` along one axis and from `b` to `bEnd` along another, in blocks. */
type OfPart<T> = (a: number, aEnd: number, b: number, bEnd: number) => T

/** The best cut of a box along the first axis and of each part of it along the second, and the other way round. */
function cutsIn(box: Box, [first, second]: readonly [Axis, Axis], costOf: (part: Box) => number): [Cut, Cut] {
  const lengths = sizeOf(box)
  const [long, wide] = [lengths[first], lengths[second]]
  const partOf: OfPart<Box> = (i, iEnd, j, jEnd) => ({
    start: put(put(box.start, first, box.start[first] + i), second, box.start[second] + j),
    end: put(put(box.end, first, box.start[first] + iEnd), second, box.start[second] + jEnd),
  })
  /** Both ways ask for the same parts again and again. */
  const costs = new Float64Array((long * wide) ** 2).fill(UNKNOWN)
  const cost: OfPart<number> = (i, iEnd, j, jEnd) => {
    const at = ((i * long + iEnd - 1) * wide + j) * wide + jEnd - 1
    if (costs[at] === UNKNOWN) costs[at] = costOf(partOf(i, iEnd, j, jEnd))
    return costs[at]!
  }
  const turned =
    <T>(of: OfPart<T>): OfPart<T> =>
    (j, jEnd, i, iEnd) =>
      of(i, iEnd, j, jEnd)
  return [cutTwice(long, wide, cost, partOf), cutTwice(wide, long, turned(cost), turned(partOf))]
}

function cutTwice(outer: number, inner: number, cost: OfPart<number>, partOf: OfPart<Box>): Cut {
  const across = (a: number, aEnd: number): Pieces => piecesOf(inner, (b, bEnd) => cost(a, aEnd, b, bEnd))
  const pieces = piecesOf(outer, (a, aEnd) => across(a, aEnd).cost)
  const parts = rangesOf(pieces).flatMap(([a, aEnd]) =>
    rangesOf(across(a, aEnd)).flatMap(([b, bEnd]) => (cost(a, aEnd, b, bEnd) > 0 ? [partOf(a, aEnd, b, bEnd)] : [])),
  )
  return { cost: pieces.cost, parts }
}

const UNKNOWN = -1

/** The best cut of a line of blocks into pieces. */
interface Pieces {
  readonly cost: number
  /** Where the last piece of the best cut of the blocks before each begins. */
  readonly lastFrom: Uint8Array
}

function piecesOf(length: number, costOf: (from: number, end: number) => number): Pieces {
  const best = new Float64Array(length + 1)
  const lastFrom = new Uint8Array(length + 1)
  for (let end = 1; end <= length; end++) {
    let found = Number.POSITIVE_INFINITY
    for (let from = end - 1; from >= 0; from--) {
      if (best[from]! >= found) continue
      const cost = best[from]! + costOf(from, end)
      if (cost >= found) continue
      found = cost
      lastFrom[end] = from
    }
    best[end] = found
  }
  return { cost: best[length]!, lastFrom }
}

function rangesOf({ lastFrom }: Pieces): readonly (readonly [from: number, end: number])[] {
  const ranges: [number, number][] = []
  for (let end = lastFrom.length - 1; end > 0; end = lastFrom[end]!) ranges.unshift([lastFrom[end]!, end])
  return ranges
}

/** The same with another value at one place. */
function put(values: Box['start'], axis: Axis, value: number): Box['start'] {
  return [axis === 0 ? value : values[0], axis === 1 ? value : values[1], axis === 2 ? value : values[2]]
}
