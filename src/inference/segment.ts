/**
 * Scans in, one label map out: the same story for the service, the command line and the evaluation of a training run,
 * which differ only in the engine they pass.
 */
import { lesionValues } from '../labels/label-set.ts'
import { meanConfidence } from '../measure/confidence.ts'
import type { UnsurePlace } from '../measure/least-sure.ts'
import { type Assessed, assessedBy } from '../model/assessment.ts'
import type { Pipeline } from '../model/card.ts'
import type { Engine } from '../network/engine.ts'
import { flipAverage } from '../network/flip-average.ts'
import { plainValues } from '../preprocess/plain-values.ts'
import type { AlignSpec } from '../preprocess/spec.ts'
import { leftOutWarning } from '../preprocess/tell-how-they-lie.ts'
import { undoMotion } from '../preprocess/undo-motion.ts'
import { assessmentWarnings } from '../quality/assessment-warnings.ts'
import { checkSequences, type SequenceChoice } from '../quality/check-sequences.ts'
import { resultWarnings } from '../quality/result-warnings.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume, Shape, Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { findLabels, sumOfStages } from './find-labels.ts'
import { chooseGridChannel } from './grid-channel.ts'
import { confidenceOn, leastSureOn } from './on-grid.ts'
import type { OnProgress } from './progress.ts'
import { whereBrainIs } from './where-brain-is.ts'

export interface SegmentOptions {
  /** Channel on whose grid the labels lie; the first of the card that was sent when absent. */
  readonly gridChannel?: string
  /** Each patch is seen mirrored as well and the logits are averaged: twice the work (network/flip-average.ts). */
  readonly flipAverage?: boolean
  /** The map of the confidence is wanted. */
  readonly confidenceMap?: boolean
  /** How many places are looked for where the network was least sure; none when absent. */
  readonly leastSure?: number
  /** Channels whose file states two affines that differ: likely why scans do not lie on each other. */
  readonly twoAffines?: readonly string[]
  /** Of channels that were interpolated before: the longest edge of a voxel as it was scanned. */
  readonly scannedEdgesMm?: ReadonlyMap<string, number>
  /** Lesions that are too small or too doubtful to be called so are wanted too. */
  readonly keepsDoubtful?: boolean
  /** Finds tissue by shape, to see whether each scan is of its channel's sequence (quality/check-sequences.ts); absent: nobody looks. */
  readonly finder?: Engine
  /** Scans that look like another sequence are warned of rather than refused. */
  readonly sequence?: SequenceChoice
  /**
   * Channels whose voxels nobody else reads: they are given back once the network's input is made of them, and read again where a
   * map has to be made anew.
   */
  readonly spent?: {
    readonly channels: readonly string[]
    readonly readAgain: (channel: string) => Promise<Volume<'scan'>>
  }
  readonly signal?: AbortSignal
  readonly onProgress?: OnProgress
}

export interface Segmentation {
  /** On the grid of `gridChannel`'s scan. */
  readonly labels: LabelVolume
  /** On the same grid, the values of lesions that are too small or too doubtful to be in `labels`, if they were asked for. */
  readonly doubtful?: LabelVolume
  /** Mean softmax probability (0 … 1) of each label of the card over its voxels on the model grid, null where none. */
  readonly confidence: readonly (number | null)[]
  /**
   * On the same grid as the labels, if it was asked for or lesions can be seen: the network's probability for its own choice at the nearest voxel of the
   * model grid, 0 … 255 for 0 … 1; 0 where the network did not look.
   */
  readonly confidenceMap?: LabelVolume
  /** In voxels of the labels, the least sure first; empty if not asked for. */
  readonly leastSure: readonly UnsurePlace[]
  /** What the channels that the network saw cannot show, by the card, and what they show poorly. */
  readonly assessed: Assessed
  /** What the labels were made of, in the card's order: a scan that cannot be laid on the others is left out. */
  readonly usedChannels: readonly string[]
  readonly gridChannel: string
  /** Voxels along R, A, S of the grid that the network saw. */
  readonly modelShape: Shape
  readonly stagesMs: { readonly preprocess: number; readonly infer: number; readonly postprocess: number }
  readonly warnings: readonly Warning[]
}

/**
 * Faults: 'no-scan', 'unknown-channel', 'channels-missing', 'grid-channel-missing', 'cancelled', those of checkSequences(), undoMotion() and preprocess().
 */
export async function segment(
  scans: ReadonlyMap<string, Volume<'scan'>>,
  card: Pipeline,
  engine: Engine,
  options: SegmentOptions = {},
): Promise<Segmentation> {
  const { signal, onProgress } = options
  const gridChannel = chooseGridChannel([...scans.keys()], card, options.gridChannel)
  const startedMs = performance.now()
  onProgress?.({ stage: 'preprocess', done: 0, total: 1 })
  const plain = new Map([...scans].map(([name, scan]) => [name, plainValues(scan)]))
  const looked = options.finder ? await checkSequences(scans, plain, options.finder, options.sequence) : null
  const still = undoMotion(plain, card, { gridChannel, twoAffines: options.twoAffines ?? [] })
  const { brainMarginMm } = card.preprocess
  const known =
    looked && brainMarginMm !== undefined ? whereBrainIs(looked.tissue, scans, still.scans, brainMarginMm) : null
  const isSpent = (channel: string) => options.spent?.channels.includes(channel) === true
  const voxelsOf = async (channel: string): Promise<Volume<'scan'>> =>
    isSpent(channel) ? options.spent!.readAgain(channel) : scans.get(channel)!
  const giveBack = (sent: typeof scans, plain: typeof scans): void => {
    for (const [name, { data }] of plain) {
      if (data !== sent.get(name)!.data) release(data)
      if (isSpent(name)) release(sent.get(name)!.data)
    }
  }
  const lookedMs = performance.now()
  const { prepared, found, cleaned, doubtful, ...spent } = await findLabels(
    still.scans,
    card,
    options.flipAverage ? flipAverage(engine) : engine,
    {
      known: known?.brain ?? null,
      onRead: () => giveBack(scans, plain),
      async again() {
        const sent = new Map<string, Volume<'scan'>>()
        for (const name of still.scans.keys()) sent.set(name, await voxelsOf(name))
        const read = new Map([...sent].map(([name, scan]) => [name, plainValues(scan)]))
        return {
          scans: new Map([...still.scans].map(([name, scan]) => [name, { ...scan, data: read.get(name)!.data }])),
          onRead: () => giveBack(sent, read),
        }
      },
      notAssessable: (shown) => assessedBy(shown, card).notAssessable,
      ...(signal && { signal }),
      ...(options.keepsDoubtful && { keepsDoubtful: true }),
      ...(options.scannedEdgesMm && { scannedEdgesMm: options.scannedEdgesMm }),
      onPatch(done, total, patchSeconds, inferSeconds) {
        onProgress?.({ stage: 'infer', done, total, patchSeconds, inferSeconds })
      },
      onFound: () => onProgress?.({ stage: 'postprocess', done: 0, total: 1 }),
    },
  )
  // by what the network saw
  const shown = card.channels.flatMap(({ name }, c) => (prepared.channels[c] === null ? [] : [name]))
  const assessed = assessedBy(shown, card)
  const isForLesions = lesionValues(card.labels).some((value) => !assessed.notAssessable.includes(value))
  const cleanedMs = performance.now()
  const target = still.scans.get(gridChannel)!
  // where the head lay when that scan was made
  const { affine } = scans.get(gridChannel)!
  const labels = { ...prepared.restore(cleaned, target), affine }
  const confidence = meanConfidence(found.data, cleaned.data, found.confidence, card.labels.length)
  const stagesMs = {
    preprocess: lookedMs - startedMs + spent.stagesMs.preprocess,
    infer: spent.stagesMs.infer,
    postprocess: spent.stagesMs.postprocess + performance.now() - cleanedMs,
  }
  const warnings = [
    ...(looked?.warnings ?? []),
    ...still.warnings,
    ...(known?.warnings ?? []),
    ...spent.warnings,
    ...prepared.warnings,
    ...assessmentWarnings(assessed, card.labels),
    ...resultWarnings({ input: prepared, found: cleaned, labels }, card),
  ]
  if (card.inference.align && card.required === 'any' && warnings.some(({ code }) => code === 'scans-misaligned')) {
    // laid on each other as well as can be, they still show the brain in two places: one scan is better than both
    const alone = await segment(new Map([[gridChannel, await voxelsOf(gridChannel)]]), card, engine, options)
    const left = [...still.scans.keys()].filter((name) => name !== gridChannel)
    return { ...alone, ...tellLeftOut(alone, left, stagesMs, card.inference.align, options.twoAffines) }
  }
  // nobody reads them any more, and what is measured of the labels afterwards needs room
  for (const channel of prepared.channels) if (channel !== null) release(channel.data)
  return {
    labels,
    ...(doubtful && { doubtful: { ...prepared.restore(doubtful, target), affine } }),
    confidence,
    ...((options.confidenceMap || isForLesions) && { confidenceMap: { ...confidenceOn(target, found), affine } }),
    leastSure: options.leastSure ? leastSureOn(target, { ...found, data: cleaned.data }, options.leastSure) : [],
    assessed,
    usedChannels: card.channels.flatMap(({ name }) => (still.scans.has(name) ? [name] : [])),
    gridChannel,
    modelShape: prepared.grid.shape,
    stagesMs,
    warnings,
  }
}

/** What is told of a map that was made again without the channels `left`, and how long both took. */
function tellLeftOut(
  { usedChannels, warnings, stagesMs }: Segmentation,
  left: readonly string[],
  earlierMs: Segmentation['stagesMs'],
  limits: AlignSpec,
  twoAffines: readonly string[] = [],
): Pick<Segmentation, 'warnings' | 'stagesMs'> {
  return {
    warnings: [...left.map((name) => leftOutWarning(name, usedChannels, twoAffines, limits)), ...warnings],
    stagesMs: sumOfStages(earlierMs, stagesMs),
  }
}
