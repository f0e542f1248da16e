/**
 * Two dates of one head → what changed. Both are carried half-way to each other, interpolated once onto one grid that is nobody's
 * own, and segmented there by the same model from the same channels; lesions and tissue are compared there. A lesion that one date is not
 * sure of counts where the other date is (decision 0056).
 */
import { FaultError } from '../errors.ts'
import { withDoubtful } from '../labels/doubtful.ts'
import { lesionValues } from '../labels/label-set.ts'
import type { Card } from '../model/card.ts'
import type { Engine } from '../network/engine.ts'
import { alignDates, type Midway } from '../preprocess/align-dates.ts'
import { carried, laidOn, midwayGrid, seenByAll } from '../preprocess/midway.ts'
import { plainValues } from '../preprocess/plain-values.ts'
import { undoMotion } from '../preprocess/undo-motion.ts'
import { invert, longestEdgeMm } from '../volume/affine.ts'
import { restoreLabels } from '../volume/restore-labels.ts'
import type { Affine, Grid, LabelVolume, Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { commonChannels, DATES, type DateName, eachDate, type OfDates } from './dates.ts'
import type { OnProgress } from './progress.ts'
import { type Segmentation, type SegmentOptions, segment } from './segment.ts'

export interface Dated {
  readonly scans: ReadonlyMap<string, Volume<'scan'>>
  /** The hash of each channel's file. */
  readonly sha256: ReadonlyMap<string, string>
}

export interface ComparedDate {
  /** Half-way, on the common grid; with the lesions that this date is not sure of, where the other date is. */
  readonly segmentation: Segmentation
  /** The labels of this date alone. */
  readonly sure: LabelVolume
  /** The same labels where that date's own scan lies: on the grid of its first channel. */
  readonly ownLabels: LabelVolume
}

export interface Compared {
  readonly usedChannels: readonly string[]
  readonly midway: Midway
  /** 1 where all scans of both dates show the voxel of the common grid. */
  readonly seen: Uint8Array
  readonly dates: OfDates<ComparedDate>
  /** A scan on the common grid, as the network saw it. Interpolated anew at each call: nobody holds them all. */
  readonly scanOf: (date: DateName, channel: string) => Volume<'scan'>
  /** The times of both dates together; the search for how they lie to each other comes before preparation, and is counted there. */
  readonly stagesMs: Segmentation['stagesMs']
  readonly warnings: readonly Warning[]
}

export type CompareOptions = Pick<SegmentOptions, 'finder' | 'sequence' | 'signal' | 'onProgress'>

/**
 * Faults: 'channels-missing' where no channel is there at both dates; those of undoMotion(), alignDates() and segment();
 * 'model-invalid' where the card does not say how scans are aligned.
 */
export async function compare(
  dates: OfDates<Dated>,
  card: Card,
  engine: Engine,
  options: CompareOptions = {},
): Promise<Compared> {
  const startedMs = performance.now()
  const { align, ...inference } = card.inference
  if (align === undefined)
    throw new FaultError('model-invalid', `the card of ${card.id} does not say how scans are aligned`)
  const names = card.channels.map(({ name }) => name)
  const common = commonChannels(names, { before: dates.before.scans, after: dates.after.scans })
  const [base] = common.used
  const still = eachDate((date) => {
    const plain = new Map(common.used.map((name) => [name, plainValues(dates[date].scans.get(name)!)]))
    return undoMotion(plain, card, { gridChannel: base! })
  })
  // what could not be laid on the first at one date is missing at the other too
  const left = commonChannels(common.used, { before: still.before.scans, after: still.after.scans })
  const own = eachDate((date) => new Map(left.used.map((name) => [name, still[date].scans.get(name)!])))
  const baseOf = (date: DateName) => ({ scan: own[date].get(base!)!, sha256: dates[date].sha256.get(base!)! })
  const midway = alignDates(baseOf('before'), baseOf('after'), card.preprocess.normalize, align)
  const motions: OfDates<Affine> = { before: midway.fromBefore, after: midway.fromAfter }
  const placed = eachDate((date) => carried(own[date], motions[date]))
  const grid = midwayGrid(
    DATES.map((date) => placed[date].get(base!)!),
    card.preprocess.spacingMm,
  )
  const settled: Card = { ...card, inference }
  // what the coarser date does not show, neither does: borders that only one of both has would be changes that are none
  const edgeOf = (name: string) => Math.max(...DATES.map((date) => longestEdgeMm(own[date].get(name)!.affine)))
  const scannedEdgesMm = new Map(left.used.map((name) => [name, edgeOf(name)]))
  const alignMs = performance.now() - startedMs
  const progress = ofBoth(options.onProgress)
  const run = async (date: DateName): Promise<Segmentation> => {
    const laid = new Map([...placed[date]].map(([name, scan]) => [name, laidOn(scan, grid)]))
    const onProgress = progress(date)
    return segment(laid, settled, engine, {
      ...options,
      scannedEdgesMm,
      keepsDoubtful: true,
      ...(onProgress && { onProgress }),
    })
  }
  const alone = { before: await run('before'), after: await run('after') }
  const [before, after] = DATES.map((date): ComparedDate => {
    const [{ doubtful, ...segmentation }, other] = [alone[date], alone[date === 'before' ? 'after' : 'before']]
    const labels = withDoubtful(segmentation.labels, doubtful!, other.labels, lesionValues(card.labels))
    const { shape, affine } = own[date].get(base!)!
    const target: Grid = { shape, affine: placed[date].get(base!)!.affine }
    return {
      segmentation: { ...segmentation, labels },
      sure: segmentation.labels,
      ownLabels: { shape, affine, data: restoreLabels(labels, target) },
    }
  }) as [ComparedDate, ComparedDate]
  const seen = seenByAll([...placed.before.values(), ...placed.after.values()], grid)
  const found = { before, after }
  const warnings = [
    ...common.warnings,
    ...left.warnings,
    ...DATES.flatMap((date) =>
      [...still[date].warnings, ...found[date].segmentation.warnings].map(({ code, message }) => ({
        code,
        message: `${date}: ${message}`,
      })),
    ),
  ]
  const scanOf = (date: DateName, channel: string) => laidOn(placed[date].get(channel)!, grid)
  const both = [before.segmentation.stagesMs, after.segmentation.stagesMs] as const
  const sum = (stage: keyof Segmentation['stagesMs']) => both[0][stage] + both[1][stage]
  const stagesMs = { preprocess: alignMs + sum('preprocess'), infer: sum('infer'), postprocess: sum('postprocess') }
  return { usedChannels: left.used, midway, seen, dates: found, scanOf, stagesMs, warnings }
}

/** The patches of both dates are counted as one row of them: both maps lie on one grid, and take about as many. */
function ofBoth(onProgress: OnProgress | undefined): (date: DateName) => OnProgress | undefined {
  let first = { patches: 0, seconds: 0 }
  return (date) =>
    onProgress &&
    ((progress) => {
      const { stage, done, total, inferSeconds } = progress
      if (stage !== 'infer') return onProgress(progress)
      if (date === 'before') {
        first = { patches: total, seconds: inferSeconds ?? 0 }
        return onProgress({ ...progress, total: 2 * total })
      }
      onProgress({
        ...progress,
        ...{ done: first.patches + done, total: first.patches + total },
        ...(inferSeconds !== undefined && { inferSeconds: first.seconds + inferSeconds }),
      })
    })
}

/** Where a place half-way lay at that date, RAS+ mm of its scan's world. */
export function backTo({ fromBefore, fromAfter }: Midway, date: DateName): Affine {
  return invert(date === 'before' ? fromBefore : fromAfter)
}
