/**
 * One head in two scans that do not quite lie on each other: before anything is compared place by place, the middles of the two
 * brains are laid on each other where that makes more of them coincide than the headers do. It is no registration; a head that
 * turned a little stays so.
 */
import { applyAffine } from '../volume/affine.ts'
import { resampleTo } from '../volume/resample.ts'
import type { FoundTissue } from './tissue-finder.ts'

/** Dice overlap of the two brains below which nothing can be said of the same places. */
const LEAST_OVERLAP = 0.75

/** Share of each voxel that is brain. */
export function brainOf({ csf, grey, white }: FoundTissue): Float32Array {
  return csf.map((share, at) => share + grey[at]! + white[at]!)
}

/** `second`, moved where that helps; null where the brains coincide too little. */
export function laidOn(first: FoundTissue, second: FoundTissue): FoundTissue | null {
  const [to, from] = [middleOf(first), middleOf(second)]
  const step = [3, 7, 11].map((at, axis) => [at, to[axis]! - from[axis]!] as const)
  const shift = new Map(step)
  const moved = { ...second, affine: second.affine.map((value, at) => value + (shift.get(at) ?? 0)) }
  const brain = brainOf(first)
  const placed = [second, moved].map((scan) => ({ scan, overlap: overlapOf(brain, first, scan) }))
  const best = placed.reduce((a, b) => (b.overlap > a.overlap ? b : a))
  return best.overlap >= LEAST_OVERLAP ? best.scan : null
}

/** World mm; not a number where there is no brain. */
function middleOf(found: FoundTissue): readonly [number, number, number] {
  const [nx, ny] = found.shape
  let [all, i, j, k] = [0, 0, 0, 0]
  brainOf(found).forEach((share, at) => {
    all += share
    i += share * (at % nx)
    j += share * (Math.floor(at / nx) % ny)
    k += share * Math.floor(at / (nx * ny))
  })
  return applyAffine(found.affine, i / all, j / all, k / all)
}

/** Dice of shares. */
function overlapOf(brain: Float32Array, first: FoundTissue, second: FoundTissue): number {
  const other = resampleTo({ ...second, data: brainOf(second) }, first, 0)
  let [both, all] = [0, 0]
  for (let at = 0; at < brain.length; at++) {
    both += Math.min(brain[at]!, other[at]!)
    all += brain[at]! + other[at]!
  }
  return (2 * both) / all
}
