/** What is said about two dates: what became of each lesion, and how each tissue changed, against the noise of two scans of one day. */
import { lesionValues } from '../labels/label-set.ts'
import { type Tissue, tissueValues } from '../labels/tissue.ts'
import { type Fate, type LesionChange, lesionFates } from '../measure/lesion-fate.ts'
import { LESION_NOISE, lesionNoiseMl, NOISE_OF_MODEL, NOISE_PERCENT } from '../measure/scan-rescan-noise.ts'
import { labelSizes } from '../measure/size.ts'
import { ventricles } from '../measure/ventricles.ts'
import type { Card } from '../model/card.ts'
import type { Device } from '../network/device.ts'
import { applyAffine, spacingMm, type Vector, voxelVolumeMl } from '../volume/affine.ts'
import { boxAbove, crop, cropGrid, widen } from '../volume/crop.ts'
import type { Affine, LabelVolume } from '../volume/volume.ts'
import { backTo, type Compared, DATES, type DateName, eachDate, type OfDates } from './compare.ts'
import { brainValues } from './lesion-report.ts'
import { type ExplainedWarning, explained, type InputReport } from './report.ts'

export interface ComparisonReport {
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string }
  readonly device: Device
  /** By channel. */
  readonly input: OfDates<Readonly<Record<string, InputReport>>>
  /** What both maps were made of: channels that are there at both dates. */
  readonly usedChannels: readonly string[]
  readonly alignment: {
    /** How far the head was carried between the dates, on average, beside its place on the table. */
    readonly carriedMm: number
    /** Information (0 … 1, normalised, above none) that the dates share when laid on each other. */
    readonly likeness: number
    /** 4×4, row-major: the world of that date's first scan → the world half-way. */
    readonly toMidway: OfDates<Affine>
  }
  /** Half-way between the dates; everything is measured here, where all scans of both dates show the head. */
  readonly grid: { readonly shape: readonly number[]; readonly spacingMm: Vector }
  /** What is labelled outside of that, mL, and was not compared. */
  readonly outsideMl: OfDates<number>
  readonly labels: readonly VolumeChange[]
  /** Null where the maps do not show CSF, grey and white matter. */
  readonly ventricles: VolumeChange | null
  /** Null where the scans show no lesion label. */
  readonly lesions: {
    /** How many groups of lesions have each fate. */
    readonly count: Readonly<Record<Fate, number>>
    readonly changes: readonly PlacedChange[]
  } | null
  readonly noise: {
    /** It was measured of this model, whichever was used here. */
    readonly ofModel: string
    readonly lesions: typeof LESION_NOISE
    readonly what: string
  }
  readonly warnings: readonly ExplainedWarning[]
}

export interface VolumeChange {
  readonly name: string
  readonly value?: number
  readonly beforeMl: number | null
  readonly afterMl: number | null
  readonly changeMl: number | null
  /** Of the volume before; null where there was none. */
  readonly changePercent: number | null
  /** A change of no more than this is what two scans of one day show. Null where none was measured. */
  readonly noisePercent: number | null
  readonly isBeyondNoise: boolean | null
}

export interface PlacedChange extends LesionChange {
  readonly label: number
  /** The same place in the world of that date's own scans. */
  readonly beforeMm: Vector
  readonly afterMm: Vector
}

const NO_FATES: Readonly<Record<Fate, number>> = {
  ...{ new: 0, gone: 0, grown: 0, shrunk: 0, merged: 0, split: 0, unchanged: 0 },
}

export const NOISE_WHAT =
  'about 95 % of pairs of scans of one head on one day differ by no more, measured by storing, shifting, scaling and disturbing ' +
  'the same scans; scans of two days differ by more'

type Told = Pick<ComparisonReport, 'device' | 'input'> & { readonly card: Card }

export function buildComparison(
  { dates, midway, seen, usedChannels }: Compared,
  { card, device, input }: Told,
  warnings: Compared['warnings'],
): ComparisonReport {
  const { assessed, labels: anyMap } = dates.before.segmentation
  const seenOnly = eachDate((date) => {
    const { labels } = dates[date].segmentation
    return { ...labels, data: labels.data.map((label, at) => (seen[at] === 1 ? label : 0)) }
  })
  const brain = croppedTogether(seenOnly)
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
    return { value, ...volumeChange(name, ml, noiseOf(value)) }
  })
  const values = brainValues(card.labels, assessed)
  const voxelMl = voxelVolumeMl(anyMap.affine)
  const inVentricles =
    values && eachDate((date) => ventricles(brain[date], values).reduce((sum, one) => sum + one, 0) * voxelMl)
  const shown = lesionLabels.filter((value) => !assessed.notAssessable.includes(value))
  const changes = shown.flatMap((label) =>
    lesionFates(brain.before, brain.after, label, lesionNoiseMl).map((change): PlacedChange => {
      const there = (date: DateName) => applyAffine(backTo(midway, date), ...change.centroidMm)
      return { label, ...change, beforeMm: there('before'), afterMm: there('after') }
    }),
  )
  const count = { ...NO_FATES }
  for (const { fate } of changes) count[fate]++
  return {
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
      return data.reduce((sum, label, at) => sum + (label !== 0 && seen[at] === 0 ? voxelMl : 0), 0)
    }),
    labels,
    ventricles: inVentricles && volumeChange('ventricles', inVentricles, NOISE_PERCENT.ventricles),
    lesions: shown.length === 0 ? null : { count, changes },
    noise: { ofModel: NOISE_OF_MODEL, lesions: LESION_NOISE, what: NOISE_WHAT },
    warnings: warnings.map(explained),
  }
}

function volumeChange(
  name: string,
  { before, after }: OfDates<number | null>,
  noisePercent: number | null,
): VolumeChange {
  if (before === null || after === null) {
    const unknown = { changeMl: null, changePercent: null, noisePercent, isBeyondNoise: null }
    return { name, beforeMl: before, afterMl: after, ...unknown }
  }
  const changeMl = after - before
  const changePercent = before === 0 ? null : (100 * changeMl) / before
  const noiseMl = noisePercent === null ? null : (noisePercent / 100) * ((before + after) / 2)
  return {
    ...{ name, beforeMl: before, afterMl: after, changeMl, changePercent, noisePercent },
    isBeyondNoise: noiseMl === null ? null : Math.abs(changeMl) > noiseMl,
  }
}

/** Both cut to the box around what either has, and a voxel more. */
function croppedTogether(maps: OfDates<LabelVolume>): OfDates<LabelVolume> {
  const { shape } = maps.before
  const boxes = DATES.flatMap((date) => boxAbove(maps[date].data, shape, 0) ?? [])
  if (boxes.length === 0) return maps
  const over = (pick: (...of: number[]) => number, end: 'start' | 'end') =>
    [0, 1, 2].map((axis) => pick(...boxes.map((box) => box[end][axis]!))) as [number, number, number]
  const box = widen({ start: over(Math.min, 'start'), end: over(Math.max, 'end') }, [1, 1, 1], shape)
  return eachDate((date) => ({ ...cropGrid(maps[date], box), data: crop(maps[date].data, shape, box) }))
}
