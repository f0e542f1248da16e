/** Two segmentations half-way → the report of the comparison, and maps of what became of their lesions. */
import { lesionValues } from '../labels/label-set.ts'
import { type Tissue, tissueValues } from '../labels/tissue.ts'
import { roundedTo } from '../measure/decimals.ts'
import { fateValue } from '../measure/fate-labels.ts'
import { type Fate, type LesionChange, type TracedFates, tracedFates } from '../measure/lesion-fate.ts'
import { LESION_NOISE, lesionNoiseMl, NOISE_OF_MODEL, NOISE_PERCENT } from '../measure/scan-rescan-noise.ts'
import { labelSizes } from '../measure/size.ts'
import { type BrainValues, ventricles } from '../measure/ventricles.ts'
import { ventriclesAtBoth } from '../measure/ventricles-at-both.ts'
import type { Card } from '../model/card.ts'
import { fullestPlanes } from '../picture/fullest-planes.ts'
import { applyAffine, spacingMm, voxelVolumeMl } from '../volume/affine.ts'
import { type Box, boxOfFilled, crop, cropLabels, paste, sizeOf, widen } from '../volume/crop.ts'
import { type LabelVolume, type Shape, voxelCount } from '../volume/volume.ts'
import { backTo, type Compared } from './compare.ts'
import { type ComparisonReport, type PlacedChange, type VolumeChange, volumeChange } from './comparison-report.ts'
import { DATES, type DateName, eachDate, type OfDates } from './dates.ts'
import { brainValues } from './lesion-report.ts'
import { explained } from './report.ts'

const NO_FATES: Readonly<Record<Fate, number>> = {
  ...{ new: 0, gone: 0, grown: 0, shrunk: 0, merged: 0, split: 0, unchanged: 0 },
}

export const NOISE_WHAT =
  'about 95 % of pairs of scans of one head on one day differ by no more, measured by storing, shifting, scaling and disturbing ' +
  'the same scans; scans of two days differ by more'

type Told = Pick<ComparisonReport, 'device' | 'input' | 'timingsMs'> & { readonly card: Card }

export interface BuiltComparison {
  readonly report: ComparisonReport
  /** The fates of each date's lesions, on the common grid: values of FATE_LABELS. */
  readonly fates: OfDates<LabelVolume>
  /** The changes that a picture is to show, the largest first; of heads without a change the largest lesion. */
  readonly shown: readonly ShownChange[]
}

export interface ShownChange {
  readonly change: PlacedChange
  /** Indices on the common grid: along each axis, the plane that shows most of it at the date that has more of it. */
  readonly voxel: Shape
}

function ventriclesOf({ before, after }: OfDates<LabelVolume>, values: BrainValues): OfDates<number> {
  const of = (labels: LabelVolume) => ({ labels, found: ventricles(labels, values) })
  const [beforeMl, afterMl] = ventriclesAtBoth(of(before), of(after), values.csf)
  return { before: beforeMl, after: afterMl }
}

type PlacedFates = Omit<TracedFates, 'changes'> & { readonly changes: readonly PlacedChange[] }

/** As many as a picture shows. */
const MOST_SHOWN = 3

export function buildComparison(
  { dates, midway, seen, usedChannels }: Compared,
  { card, device, input, timingsMs }: Told,
  warnings: Compared['warnings'],
): BuiltComparison {
  const { assessed, labels: anyMap } = dates.before.segmentation
  const seenOnly = eachDate((date) => {
    const { labels } = dates[date].segmentation
    return { ...labels, data: labels.data.map((label, at) => (seen[at] === 1 ? label : 0)) }
  })
  const voxelMl = voxelVolumeMl(anyMap.affine)
  const box = boxOfBoth(seenOnly)
  const brain = eachDate((date) => cropLabels(seenOnly[date], box))
  const sure = eachDate((date) => cropLabels(dates[date].sure, box))
  const sizes = eachDate((date) => labelSizes(brain[date], card.labels.length))
  const tissues = Object.entries(tissueValues(card.labels)) as [Tissue, number][]
  const lesionLabels = lesionValues(card.labels)
  const noiseOf = (value: number): number | null => {
    const tissue = tissues.find(([, other]) => other === value)?.[0]
    if (tissue !== undefined) return NOISE_PERCENT[tissue]
    return lesionLabels.includes(value) ? NOISE_PERCENT.lesions : null
  }
  const labels = card.labels.slice(1).map(({ name, value }): VolumeChange => {
    const isShown = !assessed.notAssessable.includes(value)
    const ml = eachDate((date) => (isShown ? sizes[date][value]!.volumeMl : null))
    return { value, ...volumeChange(name, ml, voxelMl, noiseOf(value)) }
  })
  const values = brainValues(card.labels, assessed)
  const inVentricles = values && ventriclesOf(brain, values)
  const shown = lesionLabels.filter((value) => !assessed.notAssessable.includes(value))
  const fates = eachDate(() => ({ ...anyMap, data: new Uint8Array(voxelCount(anyMap.shape)) }))
  const traced = shown.map((label): PlacedFates => {
    const found = tracedFates(brain.before, brain.after, label, lesionNoiseMl, sure)
    for (const date of DATES) drawFates(fates[date], box, found, date)
    const placed = found.changes.map((change): PlacedChange => {
      const there = (date: DateName) => applyAffine(backTo(midway, date), ...change.centroidMm)
      return { label, ...rounded(change, voxelMl), beforeMm: there('before'), afterMm: there('after') }
    })
    return { ...found, changes: placed }
  })
  const changes = traced.flatMap((found) => found.changes)
  const count = { ...NO_FATES }
  for (const { fate } of changes) count[fate]++
  const report: ComparisonReport = {
    kind: 'comparison',
    model: { id: card.id, version: card.version, sha256: card.weights.sha256 },
    device,
    input,
    usedChannels,
    alignment: {
      carriedMm: midway.carriedMm,
      likeness: midway.likeness,
      toMidway: { before: midway.fromBefore, after: midway.fromAfter },
    },
    grid: { shape: anyMap.shape, spacingMm: spacingMm(anyMap.affine) },
    outsideMl: eachDate((date) => {
      const { data } = dates[date].segmentation.labels
      const voxels = data.reduce((sum, label, at) => sum + (label !== 0 && seen[at] === 0 ? 1 : 0), 0)
      return roundedTo(voxelMl, voxels * voxelMl)
    }),
    labels,
    ventricles: inVentricles && volumeChange('ventricles', inVentricles, voxelMl, NOISE_PERCENT.ventricles),
    lesions: shown.length === 0 ? null : { count, changes },
    noise: { ofModel: NOISE_OF_MODEL, lesions: LESION_NOISE, what: NOISE_WHAT },
    timingsMs,
    warnings: warnings.map(explained),
  }
  return { report, fates, shown: shownOf(traced, box) }
}

function shownOf(traced: readonly PlacedFates[], box: Box): ShownChange[] {
  const { start } = box
  const size = sizeOf(box)
  const ofMl = ({ change: { afterMl, beforeMl } }: { readonly change: PlacedChange }) => Math.abs(afterMl - beforeMl)
  const all = traced.flatMap((found) => found.changes.map((change, at) => ({ found, change, id: at + 1 })))
  const changed = all.filter(({ change }) => change.fate !== 'unchanged').sort((a, b) => ofMl(b) - ofMl(a))
  const shown = changed.length > 0 ? changed.slice(0, MOST_SHOWN) : all.slice(0, 1)
  return shown.map(({ found, change, id }) => {
    const map = change.afterMl >= change.beforeMl ? found.after : found.before
    const [i, j, k] = fullestPlanes(map, size, [id])!
    return { change, voxel: [start[0] + i, start[1] + j, start[2] + k] }
  })
}

function rounded(change: LesionChange, voxelMl: number): LesionChange {
  const { beforeMl, afterMl, noiseMl } = change
  const [before, after, noise] = [beforeMl, afterMl, noiseMl].map((ml) => roundedTo(voxelMl, ml)) as [
    number,
    number,
    number,
  ]
  return { ...change, beforeMl: before, afterMl: after, noiseMl: noise }
}

/** In place: the fate of each lesion of that date. */
function drawFates({ data, shape }: LabelVolume, box: Box, { changes, ...of }: TracedFates, date: DateName): void {
  const part = crop(data, shape, box)
  const places = of[date]
  for (let at = 0; at < part.length; at++) if (places[at] !== 0) part[at] = fateValue(changes[places[at]! - 1]!.fate)
  paste(data, shape, box, part)
}

/** Around what either shows, and a voxel more; the whole grid where neither shows anything. */
function boxOfBoth(maps: OfDates<LabelVolume>): Box {
  const { shape } = maps.before
  const boxes = DATES.flatMap((date) => boxOfFilled(maps[date].data, shape) ?? [])
  if (boxes.length === 0) return { start: [0, 0, 0], end: shape }
  const over = (pick: (...of: number[]) => number, end: 'start' | 'end') =>
    [0, 1, 2].map((axis) => pick(...boxes.map((box) => box[end][axis]!))) as [number, number, number]
  return widen({ start: over(Math.min, 'start'), end: over(Math.max, 'end') }, [1, 1, 1], shape)
}
