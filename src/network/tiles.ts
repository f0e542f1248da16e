/**
 * Tiles: where a network says the same of a voxel whatever patch it is seen in, but for the rim of the patch, the grid is cut into few
 * large pieces. Each is shown with some context around it, and each voxel is decided by one of them.
 */
import type { TilesSpec } from '../model/card.ts'

type Triple<T> = readonly [T, T, T]

export interface TilePlan {
  /** Voxels along x, y, z of what the network is shown of each tile, all alike. */
  readonly sides: Triple<number>
  /** Where they begin, along x, y, z, rising; the first at 0, all at multiples of the spec's. */
  readonly starts: Triple<readonly number[]>
}

/** More tiles than this along an axis are never planned: their context would be most of them. */
const MOST_ALONG = 32

/**
 * The plan that shows the network the fewest voxels, of as many tiles as that takes, with at least 2 · `contextVoxels` common to
 * neighbours. Of plans that show as many, that of fewest tiles. Sides and starts are multiples of `multiple`: a network that halves
 * its grid again and again sees a voxel otherwise at another remainder, and tiles must agree where they meet.
 *
 *   158 × 193 × 160, most 96·112·96, multiple 16, context 8  →  tiles of 160 × 112 × 64, 1 × 2 × 3 of them
 *
 * @param lengths voxels of the grid
 * @param mostVoxels of a tile
 * @throws an Error where not even the smallest tiles hold so few voxels
 */
export function planTiles(lengths: Triple<number>, mostVoxels: number, spec: TilesSpec): TilePlan {
  const choices = [sidesAlong(lengths[0], spec), sidesAlong(lengths[1], spec), sidesAlong(lengths[2], spec)] as const
  let best: { readonly sides: Triple<number>; readonly counts: Triple<number> } | undefined
  let [least, fewest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const [x, w] of choices[0]) {
    for (const [y, h] of choices[1]) {
      for (const [z, d] of choices[2]) {
        if (w * h * d > mostVoxels) continue
        const count = x * y * z
        const shown = count * w * h * d
        if (shown > least || (shown === least && count >= fewest)) continue
        ;[least, fewest, best] = [shown, count, { sides: [w, h, d], counts: [x, y, z] }]
      }
    }
  }
  if (best === undefined) throw new Error(`no tiles of ${lengths.join('×')} voxels have ${mostVoxels} or fewer each`)
  const { sides, counts } = best
  const startsAlong = (axis: 0 | 1 | 2) => startsOf(lengths[axis], sides[axis], counts[axis], spec)
  return { sides, starts: [startsAlong(0), startsAlong(1), startsAlong(2)] }
}

/** Counts of tiles along an axis and the side that they then have; of those of one side only the fewest. */
function sidesAlong(length: number, { multiple, contextVoxels }: TilesSpec): [count: number, side: number][] {
  const common = roundUp(2 * contextVoxels, multiple)
  const sides: [number, number][] = []
  for (let count = 1; count <= MOST_ALONG; count++) {
    const side = roundUp((length + (count - 1) * common) / count, multiple)
    if (side < (sides.at(-1)?.[1] ?? Number.POSITIVE_INFINITY)) sides.push([count, side])
  }
  return sides
}

/** Spread evenly, the last to the end of the grid and up to `multiple` beyond. */
function startsOf(length: number, side: number, count: number, { multiple }: TilesSpec): number[] {
  const last = roundUp(length, multiple) - side
  return Array.from({ length: count }, (_, at) =>
    at === 0 ? 0 : multiple * Math.round((at * last) / (count - 1) / multiple),
  )
}

const roundUp = (value: number, multiple: number): number => multiple * Math.ceil(value / multiple)

/** From where on each tile decides, along one axis: from the middle of what it has in common with the one before it. */
export function saysFrom(starts: readonly number[], side: number): number[] {
  return starts.map((start, at) => (at === 0 ? start : Math.floor((starts[at - 1]! + side + start) / 2)))
}
