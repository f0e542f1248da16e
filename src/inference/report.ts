/** What is said about a segmentation beside its label map: which model, on what, how much of what, how long. */
import type { ObjectKind } from '../dicom/object-names.ts'
import { lesionValues } from '../labels/label-set.ts'
import { roundedTo } from '../measure/decimals.ts'
import { labelSizes } from '../measure/size.ts'
import type { Assessed } from '../model/assessment.ts'
import type { Card } from '../model/card.ts'
import type { Device } from '../network/device.ts'
import type { NiftiScan } from '../nifti/read-planned.ts'
import { spacingMm, type Vector, voxelVolumeMl } from '../volume/affine.ts'
import { orientationCode } from '../volume/orientation.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { WARNINGS, type Warning, type WarningRow } from '../warnings.ts'
import { type LesionReport, listedLesions, type PlacesReport } from './lesion-report.ts'
import type { Stage } from './progress.ts'

export interface Report {
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string }
  readonly device: Device
  /** Present where each patch was also seen mirrored. */
  readonly flipAverage?: true
  readonly labels: readonly LabelReport[]
  readonly lesions: {
    /** Whether the scans show every lesion label of the model; where not, there is neither count nor volume of them all. */
    readonly assessable: boolean
    readonly count: number | null
    readonly totalMl: number | null
    readonly largestMl: number | null
    /** Largest first, at most a thousand of them; the count and the volumes are of all. Null where no lesion label is shown. */
    readonly list: readonly LesionReport[] | null
    /** How the places in the list were told; null where the map does not show CSF, grey and white matter, or no lesion label. */
    readonly places: PlacesReport | null
  }
  /** By channel. */
  readonly input: Readonly<Record<string, InputReport>>
  /** What the map was made of, in the card's order: without a channel that was left out. */
  readonly usedChannels: readonly string[]
  /** The channel on whose grid the labels lie. */
  readonly gridChannel: string
  /** DICOM objects that lie beside the label map; absent where its grid is that of no DICOM series. */
  readonly objects?: readonly ObjectKind[]
  /** Present where a page to print lies beside the label map. */
  readonly pdf?: true
  readonly timingsMs: Readonly<Record<Stage | 'total', number>>
  readonly warnings: readonly ExplainedWarning[]
}

export interface ExplainedWarning extends Warning, Pick<WarningRow, 'means' | 'todo'> {}

export interface LabelReport {
  readonly value: number
  readonly name: string
  /** Absent for background. */
  readonly code?: { readonly scheme: string; readonly value: string; readonly meaning: string }
  /** Whether the scans that were sent show this label; where not, it has no size, which is not a size of 0. */
  readonly assessable: boolean
  readonly voxels: number | null
  readonly volumeMl: number | null
  /** Present where the label is known to be poor from these scans. */
  readonly reliability?: 'low'
  /** Mean probability, 0 … 1, that the network gave to this label where it chose it; absent where it did not. */
  readonly confidence?: number
}

export interface InputReport {
  /** Voxels along i, j, k as stored. */
  readonly shape: Shape
  readonly spacingMm: Vector
  readonly orientation: string
  readonly affineSource: string
  /** The hash of the file as it was sent; for a DICOM series, the hash of the hashes of its files. */
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
  /** On the grid of the labels, 0 … 255 for 0 … 1; without it no lesion has a confidence. */
  readonly confidenceMap?: LabelVolume
  readonly assessed: Assessed
  readonly flipAverage?: boolean
  readonly usedChannels: readonly string[]
  readonly gridChannel: string
  readonly timingsMs: Report['timingsMs']
  readonly warnings: readonly Warning[]
}

/** Counts and measures `labels`; everything else is copied. */
export function buildReport({ card, labels, inputs, ...rest }: ReportInput): Report {
  const { device, flipAverage, usedChannels, gridChannel, timingsMs, warnings } = rest
  return {
    model: { id: card.id, version: card.version, sha256: card.weights.sha256 },
    device,
    ...(flipAverage && { flipAverage: true as const }),
    labels: labelReports(labels, rest, card),
    lesions: lesionReport(labels, rest, card),
    input: Object.fromEntries([...inputs].map(([channel, input]) => [channel, inputReport(input)])),
    usedChannels,
    gridChannel,
    timingsMs,
    warnings: warnings.map(explained),
  }
}

/**
 * The report with other labels counted in it, as a person corrected them: sizes, lesions and their places are of these, by the same
 * rules. The network said nothing of them, so nothing is said of how sure it was; a label that the scans cannot show is
 * assessed where the person drew it. Input, warnings and times are those of the segmentation.
 */
export function recountedReport(report: Report, labels: LabelVolume, card: Card): Report {
  const { objects: _, pdf: __, ...rest } = report
  const drawn = new Set(
    labelSizes(labels, card.labels.length).flatMap(({ value, voxels }) => (voxels > 0 ? [value] : [])),
  )
  const assessed: Assessed = {
    channels: report.usedChannels,
    notAssessable: report.labels.flatMap(({ value, assessable }) => (assessable || drawn.has(value) ? [] : [value])),
    lowReliability: report.labels.flatMap(({ value, reliability }) => (reliability === 'low' ? [value] : [])),
  }
  return {
    ...rest,
    labels: labelReports(labels, { confidence: [], assessed }, card),
    lesions: lesionReport(labels, { assessed }, card),
  }
}

export function explained({ code, message }: Warning): ExplainedWarning {
  const { means, todo } = WARNINGS[code]
  return { code, message, means, todo }
}

type OfLabels = Pick<ReportInput, 'confidence' | 'assessed'>

function labelReports(labels: LabelVolume, { confidence, assessed }: OfLabels, card: Card): LabelReport[] {
  return labelSizes(labels, card.labels.length).map(({ value, voxels, volumeMl }) => {
    const { name, code } = card.labels[value]!
    const named = { value, name, ...(code && { code }) }
    if (assessed.notAssessable.includes(value)) return { ...named, assessable: false, voxels: null, volumeMl: null }
    const sure = confidence[value] ?? null
    return {
      ...named,
      ...{ assessable: true, voxels, volumeMl },
      ...(assessed.lowReliability.includes(value) && { reliability: 'low' as const }),
      ...(sure !== null && { confidence: sure }),
    }
  })
}

/** Lesions of one label that touch, corners included, are one; of two labels, two. */
function lesionReport(
  labels: LabelVolume,
  told: Pick<ReportInput, 'assessed' | 'confidenceMap'>,
  card: Card,
): Report['lesions'] {
  const values = lesionValues(card.labels)
  const shown = values.filter((value) => !told.assessed.notAssessable.includes(value))
  const { found, list, places } = listedLesions(labels, shown, told, card.labels)
  if (shown.length < values.length) {
    const unknown = { count: null, totalMl: null, largestMl: null }
    return { assessable: false, ...unknown, ...(shown.length === 0 ? { list: null, places: null } : { list, places }) }
  }
  return {
    assessable: true,
    count: found.reduce((sum, { count }) => sum + count, 0),
    totalMl: roundedTo(
      voxelVolumeMl(labels.affine),
      found.reduce((sum, { totalMl }) => sum + totalMl, 0),
    ),
    largestMl: found.reduce((most, { largestMl }) => Math.max(most, largestMl), 0),
    list,
    places,
  }
}

export function inputReport({ volume, affineSource, sha256, nonFiniteVoxels }: ReportedScan): InputReport {
  const { shape, affine } = volume
  return {
    ...{ shape, spacingMm: spacingMm(affine), orientation: orientationCode(affine), affineSource, sha256 },
    ...(nonFiniteVoxels > 0 && { nonFiniteVoxels }),
  }
}
