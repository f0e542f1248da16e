/** What is said about a segmentation beside its label map: which model, on what, how much of what, how long. */
import { lesionValues } from '../labels/label-set.ts'
import { labelSizes, lesions } from '../measure/size.ts'
import type { Card } from '../model/card.ts'
import type { Device } from '../network/device.ts'
import type { NiftiScan } from '../nifti/read-planned.ts'
import { spacingMm, type Vector } from '../volume/affine.ts'
import { orientationCode } from '../volume/orientation.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import type { Stage } from './progress.ts'

/** A reader counts lesions; nobody reads a thousand, and a map of noise may hold a million. */
const MOST_LISTED = 1000

export interface Report {
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string }
  readonly device: Device
  /** Present where each patch was also seen mirrored. */
  readonly flipAverage?: true
  readonly labels: readonly LabelReport[]
  readonly lesions: {
    readonly count: number
    readonly totalMl: number
    readonly largestMl: number
    /** Largest first, at most a thousand of them; the count and the volumes are of all. */
    readonly list: readonly LesionReport[]
  }
  /** By channel. */
  readonly input: Readonly<Record<string, InputReport>>
  /** What the map was made of, in the card's order: without a channel that was left out. */
  readonly usedChannels: readonly string[]
  /** The channel on whose grid the labels lie. */
  readonly gridChannel: string
  readonly timingsMs: Readonly<Record<Stage | 'total', number>>
  readonly warnings: readonly Warning[]
}

export interface LabelReport {
  readonly value: number
  readonly name: string
  /** Absent for background. */
  readonly code?: { readonly scheme: string; readonly value: string; readonly meaning: string }
  readonly voxels: number
  readonly volumeMl: number
  /** Mean probability, 0 … 1, that the network gave to this label where it chose it; absent where it did not. */
  readonly confidence?: number
}

export interface LesionReport {
  readonly label: number
  readonly voxels: number
  readonly volumeMl: number
  /** RAS+ world. */
  readonly centroidMm: Vector
}

export interface InputReport {
  /** Voxels along i, j, k as stored. */
  readonly shape: Shape
  readonly spacingMm: Vector
  readonly orientation: string
  readonly affineSource: string
  readonly sha256: string
  /** Voxels of the file that held no number and were filled; absent where there were none. */
  readonly nonFiniteVoxels?: number
}

type ReportedScan = Pick<NiftiScan, 'volume' | 'affineSource' | 'sha256' | 'nonFiniteVoxels'>

export interface ReportInput {
  readonly card: Card
  readonly device: Device
  readonly inputs: ReadonlyMap<string, ReportedScan>
  /** On the grid of `gridChannel`. */
  readonly labels: LabelVolume
  /** By label value. */
  readonly confidence: readonly (number | null)[]
  readonly flipAverage?: boolean
  readonly usedChannels: readonly string[]
  readonly gridChannel: string
  readonly timingsMs: Report['timingsMs']
  readonly warnings: readonly Warning[]
}

/** Counts and measures `labels`; everything else is copied. */
export function buildReport({ card, labels, inputs, ...rest }: ReportInput): Report {
  const { device, confidence, flipAverage, usedChannels, gridChannel, timingsMs, warnings } = rest
  return {
    model: { id: card.id, version: card.version, sha256: card.weights.sha256 },
    device,
    ...(flipAverage && { flipAverage: true as const }),
    labels: labelReports(labels, confidence, card),
    lesions: lesionReport(labels, card),
    input: Object.fromEntries([...inputs].map(([channel, input]) => [channel, inputReport(input)])),
    usedChannels,
    gridChannel,
    timingsMs,
    warnings,
  }
}

function labelReports(labels: LabelVolume, confidence: ReportInput['confidence'], card: Card): LabelReport[] {
  return labelSizes(labels, card.labels.length).map(({ value, voxels, volumeMl }) => {
    const { name, code } = card.labels[value]!
    const sure = confidence[value] ?? null
    return { value, name, ...(code && { code }), voxels, volumeMl, ...(sure !== null && { confidence: sure }) }
  })
}

/** Lesions of one label that touch, corners included, are one; of two labels, two. */
function lesionReport(labels: LabelVolume, card: Card): Report['lesions'] {
  const found = lesionValues(card.labels).map((label) => ({ label, ...lesions(labels, [label], MOST_LISTED) }))
  return {
    count: found.reduce((sum, { count }) => sum + count, 0),
    totalMl: found.reduce((sum, { totalMl }) => sum + totalMl, 0),
    largestMl: found.reduce((most, { largestMl }) => Math.max(most, largestMl), 0),
    list: found
      .flatMap(({ label, list }) => list.map((lesion) => ({ label, ...lesion })))
      .sort((a, b) => b.volumeMl - a.volumeMl)
      .slice(0, MOST_LISTED),
  }
}

function inputReport({ volume, affineSource, sha256, nonFiniteVoxels }: ReportedScan): InputReport {
  const { shape, affine } = volume
  return {
    ...{ shape, spacingMm: spacingMm(affine), orientation: orientationCode(affine), affineSource, sha256 },
    ...(nonFiniteVoxels > 0 && { nonFiniteVoxels }),
  }
}
