/**
 * Tiles: where a network says the same of a voxel whatever patch it is seen in, but for the rim of the patch, the grid is cut into few
 * large pieces. Each is shown with some context around it, and each voxel is decided by one of them.
 */
import type { TilesSpec } from '../model/card.ts'
import { tileOverlap } from '../model/tile-overlap.ts'
import { type Box, sizeOf } from '../volume/crop.ts'
import { type Shape, voxelCount } from '../volume/volume.ts'
import { type Axis, bestCut } from './best-cut.ts'
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
    const decided = { shape: filled.shape, half: Math.floor(tileOverlap(spec) / 2) }
    const seen = (part: Box) => shownOf(part, blocks, box, side, spec)
    const costOf = (part: Box): number => {
      const shown = seen(part)
      if (shown === null) return 0
      const voxels = voxelCount(sizeOf(shown))
      return voxels > mostVoxels ? Number.POSITIVE_INFINITY : voxels
    }
    const best = bestCut(all, costOf, (HALVED_FROM * mostVoxels) / side ** 3)
    if (best.cost < Number.POSITIVE_INFINITY) {
      const tiles = best.parts.map((part) => tileOf(part, seen(part)!, box, side, decided))
      return tiles.sort((a, b) => voxelCount(b.sides) - voxelCount(a.sides))
    }
    if (side === finest) throw new Error(`no tiles of ${lengths.join('×')} voxels have ${mostVoxels} or fewer each`)
  }
}

/** A box of more than so many of the largest tiles is halved before the best way to cut it is looked for. */
const HALVED_FROM = 8

/**
 * Of a part, in blocks, what the network is shown, in voxels from the start of the lattice; null where nothing is held. The tile before
 * a cut ends by the overlap past it, the one behind begins at it, and each decides what is on its side of the middle.
 */
function shownOf(part: Box, blocks: FilledBlocks, lattice: Box, side: number, spec: TilesSpec): Box | null {
  const overlap = tileOverlap(spec)
  const half = Math.floor(overlap / 2)
  /** The blocks of which it decides anything: a cut is past the face of the part. */
  const start = triple((axis) => part.start[axis] + (part.start[axis] > 0 ? Math.floor(half / side) : 0))
  const end = triple((axis) => Math.min(blocks.counts[axis], part.end[axis] + Math.ceil(half / side)))
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
  return { start: triple(startAlong), end: triple(endAlong) }
}

function tileOf(
  part: Box,
  shown: Box,
  lattice: Box,
  side: number,
  { shape, half }: { readonly shape: Shape; readonly half: number },
): Tile {
  /** Where what is decided begins, or ends, at a face of the part. */
  const faceAt = (axis: Axis, block: number): number => lattice.start[axis] + block * side + (block > 0 ? half : 0)
  return {
    start: triple((axis) => lattice.start[axis] + shown.start[axis]),
    sides: sizeOf(shown),
    part: {
      start: triple((axis) => Math.max(0, faceAt(axis, part.start[axis]))),
      end: triple((axis) => Math.min(shape[axis], faceAt(axis, part.end[axis]))),
    },
  }
}

const triple = (at: (axis: Axis) => number): Triple<number> => [at(0), at(1), at(2)]

const roundUp = (value: number, multiple: number): number => multiple * Math.ceil(value / multiple)
