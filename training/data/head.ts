/** A head ready to be cut into patches: model-frame channels from preprocess(), and the sets of admissible classes. */
import { whereBrainIs } from '../../src/inference/where-brain-is.ts'
import type { Engine } from '../../src/network/engine.ts'
import { type KnownBrain, ZONE } from '../../src/preprocess/known-brain.ts'
import { preprocess } from '../../src/preprocess/preprocess.ts'
import type { PreprocessSpec } from '../../src/preprocess/spec.ts'
import { type FoundTissue, findTissue, seenHead } from '../../src/quality/tissue-finder.ts'
import { indexMap } from '../../src/volume/index-map.ts'
import { minimum } from '../../src/volume/minimum.ts'
import type { Grid, LabelVolume, Shape, Volume } from '../../src/volume/volume.ts'
import { voxelCount } from '../../src/volume/volume.ts'
import { ANY_CLASS, BACKGROUND, setOf } from '../method/label-sets.ts'
import type { StatedSubject } from '../sources/stated-subject.ts'

export interface Head {
  readonly name: string
  readonly shape: Shape
  /** In the network's order; null = the subject has no such scan. */
  readonly channels: readonly (Float32Array | null)[]
  /** Minimum of each channel: what a patch shows outside the grid, as in serving. */
  readonly padding: readonly number[]
  readonly sets: Uint8Array
  readonly backgroundSet: number
  readonly ownSet: number
  /** For every set that excludes the background, up to VOXELS_PER_STRATUM voxels spread over all that state it. */
  readonly strata: readonly Int32Array[]
}

const VOXELS_PER_STRATUM = 4096

/** Nearest neighbour through the world; a model voxel outside the stated grid admits any class. */
export function setsOnGrid(sets: LabelVolume, grid: Grid): Uint8Array {
  const [nx, ny, nz] = grid.shape
  const [sx, sy, sz] = sets.shape
  const m = indexMap(grid, sets)
  const out = new Uint8Array(voxelCount(grid.shape)).fill(ANY_CLASS)
  for (let k = 0, v = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      // + 0.5: truncation then rounds to the nearest voxel
      let x = m[1]! * j + m[2]! * k + m[3]! + 0.5
      let y = m[5]! * j + m[6]! * k + m[7]! + 0.5
      let z = m[9]! * j + m[10]! * k + m[11]! + 0.5
      for (let i = 0; i < nx; i++, v++) {
        if (x >= 0 && y >= 0 && z >= 0 && x < sx && y < sy && z < sz) {
          out[v] = sets.data[(x | 0) + sx * ((y | 0) + sy * (z | 0))]!
        }
        x += m[0]!
        y += m[4]!
        z += m[8]!
      }
    }
  }
  return out
}

/** The voxels of each set that excludes the background, thinned evenly. */
export function strataOf(sets: Uint8Array): Int32Array[] {
  const counts = new Uint32Array(256)
  for (let v = 0; v < sets.length; v++) counts[sets[v]!]!++
  const foreground = [...counts.keys()].filter((set) => counts[set]! > 0 && (set & setOf(BACKGROUND)) === 0)
  const strata = new Map(foreground.map((set) => [set, new Int32Array(Math.min(counts[set]!, VOXELS_PER_STRATUM))]))
  const seen = new Uint32Array(256)
  for (let v = 0; v < sets.length; v++) {
    const set = sets[v]!
    const voxels = strata.get(set)
    if (!voxels) continue
    // the n-th of N voxels fills place ⌊n·L/N⌋ of L
    voxels[Math.floor((seen[set]!++ * voxels.length) / counts[set]!)] = v
  }
  return [...strata.values()]
}

/**
 * A subject through preprocess(): channels and label sets on the model grid, and where its foreground voxels lie.
 * @param finder finds the brain as it does in the service, where the recipe has a brainMarginMm; null: nobody knows where it is
 * @param isCut the head is shown whole, as one whose brain was found but cut
 */
export async function prepareHead(
  subject: StatedSubject,
  channels: readonly string[],
  spec: PreprocessSpec,
  finder: Engine | null,
  isCut = false,
): Promise<Head> {
  // a recipe may use fewer channels than its sources have
  const scans = new Map([...subject.scans].filter(([name]) => channels.includes(name)))
  const brain = finder === null ? null : await knownBrain(scans, spec, finder)
  const known = brain !== null && isCut ? { ...brain, isCut } : brain
  const prepared = preprocess(scans, { channels: channels.map((name) => ({ name })), preprocess: spec }, known)
  const sets = setsOnGrid(subject.sets, prepared.grid)
  const { zones } = prepared
  // the service labels nothing there, whatever the network says
  if (zones) for (let v = 0; v < sets.length; v++) if (zones[v] === ZONE.outside) sets[v] = setOf(BACKGROUND)
  return {
    name: subject.name,
    shape: prepared.grid.shape,
    channels: prepared.channels.map((channel) => channel?.data ?? null),
    padding: prepared.channels.map((channel) => (channel === null ? 0 : minimum(channel.data))),
    sets,
    backgroundSet: subject.backgroundSet,
    ownSet: subject.ownSet,
    strata: strataOf(sets),
  }
}

async function knownBrain(
  scans: ReadonlyMap<string, Volume<'scan'>>,
  { brainMarginMm }: PreprocessSpec,
  finder: Engine,
): Promise<KnownBrain | null> {
  if (brainMarginMm === undefined) return null
  const tissue = new Map<string, FoundTissue>()
  for (const [name, scan] of scans) tissue.set(name, await findTissue(seenHead(scan), finder))
  return whereBrainIs(tissue, scans, scans, brainMarginMm).brain
}
