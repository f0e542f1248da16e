/** The endless stream of batches of one worker: sources drawn by weight, a ring of heads each, patches cut from them. */
import { existsSync } from 'node:fs'
import type { Engine } from '../../src/network/engine.ts'
import type { PreprocessSpec } from '../../src/preprocess/spec.ts'
import { openFinder } from '../../src/quality/open-finder.ts'
import { type Random, seededRandom, weightedIndex } from '../compile/random.ts'
import type { SampleSource } from '../method/losses/targets.ts'
import type { Folders } from '../sources/datasets/subject.ts'
import { defaced } from '../sources/deface.ts'
import { type Head, prepareHead } from './head.ts'
import { drawPatch, type Sampling } from './patch.ts'
import { openSource, type Source } from './source.ts'
import type { DataSpec } from './spec.ts'

export interface StreamOptions {
  readonly data: DataSpec
  readonly folders: Folders
  /** In the network's order. */
  readonly channels: readonly string[]
  readonly preprocess: PreprocessSpec
  readonly seed: number
  readonly worker: number
  readonly batch: number
  readonly patchVoxels: readonly [number, number, number]
}

export interface Batch {
  /** [N, D, H, W, C], z, y, x, channel last. */
  readonly image: Float32Array<ArrayBuffer>
  /** [N, D, H, W], sets of admissible classes as bit masks. */
  readonly target: Uint8Array<ArrayBuffer>
  /** Name of the source of each sample. */
  readonly source: readonly string[]
  /** What each sample's labels are measured against (training/method/losses/targets.ts). */
  readonly samples: readonly SampleSource[]
}

export interface StreamStats {
  readonly patches: number
  readonly heads: number
  readonly headMs: number
  readonly patchMs: number
}

interface Ring {
  readonly source: Source
  readonly sampling: Sampling
  readonly heads: Head[]
  patches: number
  turns: number
}

/** Sources of which anything is on disk; throws where none is. */
export function openSources(
  data: DataSpec,
  folders: Folders,
): { readonly sources: readonly Source[]; readonly notes: readonly string[] } {
  const opened = data.sources.map((spec) => ({ name: spec.name, ...openSource(spec, folders) }))
  const notes = opened.flatMap(({ name, source, notes }) =>
    source ? notes.map((note) => `${name}: ${note}`) : [`${name}: source left out: ${notes.join('; ')}`],
  )
  const sources = opened.flatMap(({ source }) => (source ? [source] : []))
  if (sources.length === 0) {
    const { dataDir } = folders
    if (!existsSync(dataDir)) throw new Error(`there is no data folder ${dataDir}: --data says where it is`)
    throw new Error(`no source has anything to train on: ${notes.join('; ')}`)
  }
  return { sources, notes }
}

/** Batches without end, in this thread; the same options give the same batches. */
export function openStream(options: StreamOptions): {
  readonly next: () => Promise<Batch>
  readonly stats: () => StreamStats
} {
  const { data, channels, patchVoxels, batch } = options
  const random = seededRandom(options.seed, options.worker)
  const { sources } = openSources(data, options.folders)
  const rings: Ring[] = sources.map((source) => {
    const { misaligned, dropChannel = data.dropChannel } = source.spec
    const sampling: Sampling = {
      patchVoxels,
      anywhere: data.anywhere,
      dropChannel,
      ...(misaligned && { misaligned: { ...misaligned, index: channels.indexOf(misaligned.channel) } }),
    }
    return { source, sampling, heads: [], patches: 0, turns: 0 }
  })
  const weights = sources.map(({ spec }) => spec.weight)
  const patchSize = patchVoxels[0] * patchVoxels[1] * patchVoxels[2]
  const stats = { patches: 0, heads: 0, headMs: 0, patchMs: 0 }
  const asksForBrain = options.preprocess.brainMarginMm !== undefined
  let finder: Engine | null = null

  /** Puts a new head in when it is due: heads that differ between visits, or of which not all are held. */
  const refresh = async (ring: Ring, random: Random): Promise<void> => {
    const { spec, heads } = ring.source
    const allHeld = ring.heads.length >= heads
    const due = ring.heads.length === 0 || (ring.patches % spec.patchesPerHead === 0 && !allHeld)
    if (!due) return
    const started = performance.now()
    // workers begin at different subjects
    const drawn = await ring.source.next(ring.turns++ + options.worker, random)
    const isDefaced = spec.deface !== undefined && random.chance(spec.deface)
    const subject = isDefaced ? defaced(drawn, random) : drawn
    if (ring.heads.length === Math.min(spec.heldHeads, heads)) ring.heads.shift()
    finder ??= asksForBrain ? (await openFinder(1)).engine : null
    const isCut = data.wholeHeads !== undefined && random.uniform(0, 1) < data.wholeHeads
    ring.heads.push(await prepareHead(subject, channels, options.preprocess, finder, isCut))
    stats.heads++
    stats.headMs += performance.now() - started
  }

  const next = async (): Promise<Batch> => {
    const image = new Float32Array(batch * patchSize * channels.length)
    const target = new Uint8Array(batch * patchSize)
    const source: string[] = []
    const samples: SampleSource[] = []
    for (let n = 0; n < batch; n++) {
      const ring = rings[weightedIndex(weights, random)]!
      await refresh(ring, random)
      const head = ring.heads[random.int(ring.heads.length)]!
      const started = performance.now()
      drawPatch(
        head,
        ring.sampling,
        ring.source.spec.augment,
        random,
        image.subarray(n * patchSize * channels.length, (n + 1) * patchSize * channels.length),
        target.subarray(n * patchSize, (n + 1) * patchSize),
      )
      source.push(ring.source.spec.name)
      samples.push({ own: head.ownSet, head: ring.source.spec.head })
      ring.patches++
      stats.patches++
      stats.patchMs += performance.now() - started
    }
    return { image, target, source, samples }
  }
  return { next, stats: () => ({ ...stats }) }
}
