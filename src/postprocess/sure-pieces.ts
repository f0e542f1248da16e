/**
 * Finds the tissue that was cut off from a brain but belongs to it all the same. Shape cannot tell a cerebellum on its stalk from
 * a neck; the network can: of tissue as it learnt it, it is surer than of what it mistakes for tissue.
 */
import { componentRuns, connectedComponents, releaseComponents } from '../labels/components.ts'
import { release } from '../volume/release.ts'
import type { Shape } from '../volume/volume.ts'
import { spread } from './spread.ts'

const CORE = 2

/**
 * Cuts `rest` into pieces, one around each of its cores (connected voxels of value 2; each other voxel goes with the core
 * that is the fewest steps away inside `rest`) and one of each connected remainder that reaches none.
 * @param rest 0 = not to be judged, 1, 2 = in a core
 * @returns 1 in pieces whose mean confidence is at least `least`, else 0
 */
export function surePieces(rest: Uint8Array, shape: Shape, confidence: Uint8Array, least: number): Uint8Array {
  const { ids, voxels: ofCores } = connectedComponents(rest, shape, [CORE], 6)
  const cores = ofCores.length
  spread(ids, shape, Number.POSITIVE_INFINITY, rest)
  const coreless = new Uint8Array(rest.length)
  for (let at = 0; at < rest.length; at++) if (rest[at] !== 0 && ids[at] === 0) coreless[at] = 1
  const remainders = componentRuns(coreless, shape, [1], 6)
  const { count, start, end, id } = remainders
  const pieces = cores + remainders.voxels.length
  for (let run = 0; run < count; run++) ids.fill(cores + id[run]!, start[run], end[run])
  releaseComponents(remainders)
  for (const array of [ofCores, coreless]) release(array)
  const excess = new Float64Array(pieces)
  for (let at = 0; at < rest.length; at++) if (rest[at] !== 0) excess[ids[at]!]! += confidence[at]! - least
  const sure = new Uint8Array(rest.length)
  for (let at = 0; at < rest.length; at++) if (rest[at] !== 0 && excess[ids[at]!]! >= 0) sure[at] = 1
  for (const array of [ids, excess]) release(array)
  return sure
}
