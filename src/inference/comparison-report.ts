/** What is said about two dates: what became of each lesion, and how each tissue changed, against the noise of two scans of one day. */
import { roundedTo } from '../measure/decimals.ts'
import type { Fate, LesionChange } from '../measure/lesion-fate.ts'
import type { LESION_NOISE } from '../measure/scan-rescan-noise.ts'
import type { Device } from '../network/device.ts'
import type { Vector } from '../volume/affine.ts'
import type { Affine } from '../volume/volume.ts'
import type { OfDates } from './dates.ts'
import type { ExplainedWarning, InputReport, Report } from './report.ts'

export interface ComparisonReport {
  readonly kind: 'comparison'
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
  /** The times of both dates together. */
  readonly timingsMs: Report['timingsMs']
  readonly warnings: readonly ExplainedWarning[]
}

export interface VolumeChange {
  readonly name: string
  readonly value?: number
  readonly beforeMl: number | null
  readonly afterMl: number | null
  readonly changeMl: number | null
  /** The change as a percentage of the volume before; null where there was none. */
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

/** The noise is known to no more digits. */
const PERCENT_STEP = 0.1

/** Whether a report, which is one of the two kinds, is that of a comparison. */
export function isComparison(report: Report | ComparisonReport): report is ComparisonReport {
  return 'kind' in report
}

/** The volume of a voxel half-way, by which volumes have their digits. */
export function midwayVoxelMl({ grid: { spacingMm: mm } }: Pick<ComparisonReport, 'grid'>): number {
  return (mm[0] * mm[1] * mm[2]) / 1000
}

/** Told in whole voxels. */
export function volumeChange(
  name: string,
  { before, after }: OfDates<number | null>,
  voxelMl: number,
  noisePercent: number | null,
): VolumeChange {
  if (before === null || after === null) {
    const unknown = { changeMl: null, changePercent: null, noisePercent, isBeyondNoise: null }
    return { name, beforeMl: before, afterMl: after, ...unknown }
  }
  const changeMl = roundedTo(voxelMl, after - before)
  const changePercent = before === 0 ? null : roundedTo(PERCENT_STEP, (100 * changeMl) / before)
  const noiseMl = noisePercent === null ? null : (noisePercent / 100) * ((before + after) / 2)
  return {
    ...{ name, beforeMl: roundedTo(voxelMl, before), afterMl: roundedTo(voxelMl, after) },
    ...{ changeMl, changePercent, noisePercent },
    isBeyondNoise: noiseMl === null ? null : Math.abs(changeMl) > noiseMl,
  }
}
