/**
 * Tiles: where a network says the same of a voxel whatever patch it is seen in, but for the rim of the patch, the grid is cut into few
 * large pieces. Each is shown with some context around it, and each voxel is decided by one of them.
 */
import type { TilesSpec } from '../model/card.ts'
import { type Box, sizeOf } from '../volume/crop.ts'
import { type Shape, voxelCount } from '../volume/volume.ts'
import { boxOf, type Filled, type FilledBlocks, filledBlocks } from './filled-blocks.ts'

type Triple<T> = readonly [T, T, T]

export interface Tile {
  /** Voxel of the grid at which what the network is shown begins, along x, y, z. */
  readonly start: Triple<number>
  /** Voxels of what it is shown. */
  readonly sides: Triple<number>
  /** The voxels of the grid that it decides; nothing is held by those that none decides. */
  readonly part: Box
}

/** Blocks along the longest axis, if they can be so large: there are as many plans as their fourth power. */
const MOST_ALONG = 16

/**
 * The tiles that show the network the fewest voxels, at most `mostVoxels` each. The grid is cut along one axis and each of these parts
 * along another, a large one halved before; of each part the network is shown the box of what is held there, and at a
 * cut no less than `contextVoxels` past what it decides. Sides are multiples of `multiple`, and starts differ by such: a network that halves its grid again
 * and again sees a voxel otherwise at another remainder, and tiles must agree where they meet. Large tiles come first: what a run of
 * the network held is room for a smaller one.
 *
 *   a brain in 146 × 177 × 136, most 176·112·96, multiple 16, context 16  →  144·80·144, 160·80·144, 144·96·128
 *
 * @throws an Error where not even the smallest tiles hold so few voxels
 */
export function planTiles(filled: Filled, mostVoxels: number, spec: TilesSpec): readonly Tile[] {
  const box = boxOf(filled)
  if (box === null) return []
  const lengths = sizeOf(box)
  const finest = spec.multiple
  for (let side = roundUp(Math.max(...lengths) / MOST_ALONG, finest); ; side = roundUp(side / 2, finest)) {
    const blocks = filledBlocks(filled, box, side)
    const all: Box = { start: [0, 0, 0], end: blocks.counts }
    const decided = { shape: filled.shape, half: Math.floor(overlapOf(spec) / 2) }
    const seen = (part: Box) => shownOf(part, blocks, box, side, spec)
    const costOf = (part: Box): number => {
      const shown = seen(part)
      if (shown === null) return 0
      const voxels = voxelCount(sizeOf(shown))
      return voxels > mostVoxels ? Number.POSITIVE_INFINITY : voxels
    }
    const best = planOf(all, costOf, (HALVED_FROM * mostVoxels) / side ** 3)
    if (best !== IMPOSSIBLE) {
      const tiles = best.parts.map((part) => tileOf(part, seen(part)!, box, side, decided))
      return tiles.sort((a, b) => voxelCount(b.sides) - voxelCount(a.sides))
    }
    if (side === finest) throw new Error(`no tiles of ${lengths.join('×')} voxels have ${mostVoxels} or fewer each`)
  }
}

/** A box of more than so many of the largest tiles is halved before the best way to cut it is looked for. */
const HALVED_FROM = 8

type Axis = 0 | 1 | 2

/** The axes in the order in which a box is cut along them. */
const WAYS: readonly (readonly [Axis, Axis])[] = [
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 2],
  [2, 0],
  [2, 1],
]

/** A cut of a box of blocks. */
interface Plan {
  /** Voxels that the network is shown; Infinity where that cannot be. */
  readonly shown: number
  /** Those that hold something. */
  readonly parts: readonly Box[]
}

const NOTHING: Plan = { shown: 0, parts: [] }
const IMPOSSIBLE: Plan = { shown: Number.POSITIVE_INFINITY, parts: [] }

/** The best plan for a box of blocks; of one of more than `mostBlocks`, or that is too large as it is, each half has its own. */
function planOf(box: Box, costOf: (part: Box) => number, mostBlocks: number): Plan {
  const lengths = sizeOf(box)
  const longest = lengths.indexOf(Math.max(...lengths)) as Axis
  if (voxelCount(lengths) <= mostBlocks) {
    const plans = WAYS.map((axes) => cutAlong(box, axes, costOf))
    const best = plans.reduce((found, plan) => (plan.shown < found.shown ? plan : found))
    if (best !== IMPOSSIBLE) return best
  }
  if (lengths[longest] === 1) return IMPOSSIBLE
  const middle = box.start[longest] + Math.round(lengths[longest] / 2)
  const first = planOf({ start: box.start, end: put(box.end, longest, middle) }, costOf, mostBlocks)
  const second = planOf({ start: put(box.start, longest, middle), end: box.end }, costOf, mostBlocks)
  const shown = first.shown + second.shown
  return shown < Number.POSITIVE_INFINITY ? { shown, parts: [...first.parts, ...second.parts] } : IMPOSSIBLE
}

/** The best cut of a box along the first of `axes`, and of each part of it along the others. */
function cutAlong(box: Box, [axis, ...others]: readonly Axis[], costOf: (part: Box) => number): Plan {
  const [from, end] = [box.start[axis!], box.end[axis!]]
  /** Of the blocks before each. */
  const best = [NOTHING]
  for (let to = from + 1; to <= end; to++) {
    let found = IMPOSSIBLE
    for (let at = to - 1; at >= from; at--) {
      const before = best[at - from]!
      if (before.shown >= found.shown) continue
      const part = { start: put(box.start, axis!, at), end: put(box.end, axis!, to) }
      const own = others.length > 0 ? cutAlong(part, others, costOf) : uncut(part, costOf)
      const shown = before.shown + own.shown
      if (shown < found.shown) found = { shown, parts: [...before.parts, ...own.parts] }
    }
    best.push(found)
  }
  return best.at(-1)!
}

function uncut(part: Box, costOf: (part: Box) => number): Plan {
  const shown = costOf(part)
  return { shown, parts: shown === 0 ? [] : [part] }
}

/**
 * How far the tiles on either side of a cut overlap, in voxels. The one before the cut ends so far past it, the one behind begins at
 * it, and each decides what is on its side of the middle.
 */
const overlapOf = ({ contextVoxels, multiple }: TilesSpec): number => roundUp(2 * contextVoxels, multiple)

/** Of a part, in blocks, what the network is shown, in voxels from the start of the lattice; null where nothing is held. */
function shownOf(part: Box, blocks: FilledBlocks, lattice: Box, side: number, spec: TilesSpec): Box | null {
  const overlap = overlapOf(spec)
  const half = Math.floor(overlap / 2)
  /** The blocks of which it decides anything: a cut is past the face of the part. */
  const startOf = (axis: Axis): number => part.start[axis] + (part.start[axis] > 0 ? Math.floor(half / side) : 0)
  const endOf = (axis: Axis): number => Math.min(blocks.counts[axis], part.end[axis] + Math.ceil(half / side))
  const [start, end] = [startOf, endOf].map((along): Triple<number> => [along(0), along(1), along(2)]) as [
    Triple<number>,
    Triple<number>,
  ]
  if (start.some((from, axis) => from >= end[axis]!)) return null
  const held = blocks.around({ start, end })
  if (held === null) return null
  const startAlong = (axis: Axis): number =>
    side * (held.start[axis] === start[axis] ? part.start[axis] : held.start[axis])
  const endAlong = (axis: Axis): number => {
    const most = roundUp(lattice.end[axis] - lattice.start[axis], spec.multiple)
    const isCut = held.end[axis] > part.end[axis]
    return Math.min(most, isCut ? part.end[axis] * side + overlap : held.end[axis] * side)
  }
  return { start: [startAlong(0), startAlong(1), startAlong(2)], end: [endAlong(0), endAlong(1), endAlong(2)] }
}

function tileOf(
  part: Box,
  shown: Box,
  lattice: Box,
  side: number,
  { shape, half }: { readonly shape: Shape; readonly half: number },
): Tile {
  const along = (at: (axis: Axis) => number): Triple<number> => [at(0), at(1), at(2)]
  /** Where what is decided begins, or ends, at a face of the part. */
  const faceAt = (axis: Axis, block: number): number => lattice.start[axis] + block * side + (block > 0 ? half : 0)
  return {
    start: along((axis) => lattice.start[axis] + shown.start[axis]),
    sides: sizeOf(shown),
    part: {
      start: along((axis) => Math.max(0, faceAt(axis, part.start[axis]))),
      end: along((axis) => Math.min(shape[axis], faceAt(axis, part.end[axis]))),
    },
  }
}

/** `triple` with another value at one place. */
function put(triple: Triple<number>, axis: Axis, value: number): Triple<number> {
  return [axis === 0 ? value : triple[0], axis === 1 ? value : triple[1], axis === 2 ? value : triple[2]]
}

const roundUp = (value: number, multiple: number): number => multiple * Math.ceil(value / multiple)
