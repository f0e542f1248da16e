/**
 * A plane of voxels as its header states it: an image of a classic series, a frame of a multi-frame instance, or a tile of a
 * Siemens mosaic. Everything that places it, scales it, or tells it from another plane at the same place. Frame: LPS+ mm.
 */
import { FaultError } from '../errors.ts'
import type { Lps } from './source-series.ts'
import type { Attributes } from './values.ts'
import { number, numbers, text, texts } from './values.ts'

export type Orientation = readonly [number, number, number, number, number, number]

/** What may differ between planes at one place, in the order in which a series is split by it (split-series.ts). */
export const SPLIT_KEYS = [
  'acquisition',
  'image type',
  'echo time',
  'inversion time',
  'time point',
  'trigger time',
  'b-value',
] as const

export type SplitKey = (typeof SPLIT_KEYS)[number]

export interface Plane {
  /** Index of its instance among those of the series. */
  readonly instance: number
  readonly sopInstanceUid: string
  /** From 0, in the pixel data of its instance. */
  readonly frame: number
  /** The instance has more than one frame. */
  readonly isFrame: boolean
  /** From 0, where the frame is a mosaic of `across` × `across` tiles. */
  readonly tile?: { readonly index: number; readonly across: number }
  readonly rows: number
  readonly columns: number
  readonly positionLpsMm: Lps
  readonly orientation: Orientation
  readonly pixelSpacingMm: readonly [betweenRows: number, betweenColumns: number]
  readonly sliceThicknessMm?: number
  readonly rescale: { readonly slope: number; readonly intercept: number; readonly unit: string } | null
  readonly keys: Readonly<Partial<Record<SplitKey, string>>>
}

/** Roundness of written direction cosines: two decimals leave this much. */
const COSINE = 0.01

/** @throws FaultError dicom-header */
export function positionOf(attributes: Attributes): Lps {
  const [x, y, z] = exactly(3, attributes, 'ImagePositionPatient')
  return [x!, y!, z!]
}

/** Unit vectors. @throws FaultError dicom-header */
export function orientationOf(attributes: Attributes): Orientation {
  const [a, b, c, d, e, f] = exactly(6, attributes, 'ImageOrientationPatient') as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [row, column] = [Math.hypot(a, b, c), Math.hypot(d, e, f)]
  const cosine = (a * d + b * e + c * f) / (row * column)
  if (Math.abs(row - 1) > COSINE || Math.abs(column - 1) > COSINE || !(Math.abs(cosine) <= COSINE))
    throw new FaultError(
      'dicom-header',
      `ImageOrientationPatient has vectors of length ${row.toFixed(3)} and ${column.toFixed(3)} with a cosine of ${cosine.toFixed(3)} between them; allowed: 1, 1 and 0, to ${COSINE}`,
    )
  return [a / row, b / row, c / row, d / column, e / column, f / column]
}

/** @throws FaultError dicom-header */
export function pixelSpacingOf(attributes: Attributes): readonly [number, number] {
  const [rows, columns] = exactly(2, attributes, 'PixelSpacing') as [number, number]
  if (rows > 0 && columns > 0) return [rows, columns]
  throw new FaultError('dicom-header', `PixelSpacing is ${rows} and ${columns} mm; both must be above 0`)
}

function exactly(
  count: number,
  attributes: Attributes,
  keyword: 'ImagePositionPatient' | 'ImageOrientationPatient' | 'PixelSpacing',
): readonly number[] {
  const values = numbers(attributes, keyword)
  if (values.length === count && values.every(Number.isFinite)) return values
  throw new FaultError(
    'dicom-header',
    `${keyword} has ${values.filter(Number.isFinite).length} usable numbers of ${values.length}; ${count} are needed: where the image lies is not guessed`,
  )
}

/** null where nothing is stated; a slope of 0 would make every voxel the same and is taken as 1. @throws FaultError dicom-header */
export function rescaleOf(attributes: Attributes): Plane['rescale'] {
  const [slope] = numbers(attributes, 'RescaleSlope')
  const [intercept] = numbers(attributes, 'RescaleIntercept')
  if (slope === undefined && intercept === undefined) return null
  if (![slope ?? 1, intercept ?? 0].every(Number.isFinite))
    throw new FaultError(
      'dicom-header',
      'RescaleSlope or RescaleIntercept is not a number, so the values of the voxels are unknown',
    )
  if (slope === 0) attributes.notes.add('unusable RescaleSlope')
  return { slope: slope || 1, intercept: intercept ?? 0, unit: text(attributes, 'RescaleType') ?? 'US' }
}

/** Those of the keys that lie at the top of a classic instance. */
export function classicKeys(attributes: Attributes): Plane['keys'] {
  return keysOf({
    acquisition: number(attributes, 'AcquisitionNumber'),
    'image type': imageTypeOf(texts(attributes, 'ImageType')),
    'echo time': number(attributes, 'EchoTime'),
    'inversion time': number(attributes, 'InversionTime'),
    'time point': number(attributes, 'TemporalPositionIdentifier'),
    'trigger time': number(attributes, 'TriggerTime'),
    'b-value': number(attributes, 'DiffusionBValue'),
  })
}

export function imageTypeOf(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join('/')
}

export function keysOf(values: Readonly<Record<SplitKey, string | number | undefined>>): Plane['keys'] {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  )
}
