/**
 * What is kept of a DICOM series beside its volume, so that a label map can go back to the very slices that it was made of:
 * which instance each slice is, where it lies, and the patient and study that it belongs to, byte for byte.
 *
 * Positions and directions are DICOM's own, LPS+ mm; the volume made of the series has the RAS+ affine of the rest of the
 * house. Index i runs along a row (columns), j down the rows, k through `slices`.
 */
import type { Shape } from '../volume/volume.ts'

export type Lps = readonly [left: number, posterior: number, superior: number]

/** One slice of the volume: an instance of a classic series, or a frame of an enhanced one. */
export interface SourceSlice {
  readonly sopInstanceUid: string
  /** From 1, of a multi-frame instance; absent where the instance is the slice. */
  readonly frameNumber?: number
  /** From 0, of a Siemens mosaic, whose one frame holds all slices: no slice of it can be referred to alone. */
  readonly tile?: number
  /** Image Position (Patient), (0020,0032): the centre of the first voxel. */
  readonly positionLpsMm: Lps
}

/** One element of a data set as it was written: not decoded, so that no character set can spoil it. */
export interface RawElement {
  /** Eight hexadecimal digits, capitals: 00100010. */
  readonly tag: string
  readonly vr: string
  readonly base64: string
}

export interface SourceSeries {
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  readonly sopClassUid: string
  readonly frameOfReferenceUid: string
  /** Columns, rows, slices. */
  readonly shape: Shape
  /** Image Orientation (Patient), (0020,0037): direction along a row, then down a column. */
  readonly orientationLps: readonly [number, number, number, number, number, number]
  /** Pixel Spacing, (0028,0030): between rows first, then between columns. */
  readonly pixelSpacingMm: readonly [betweenRows: number, betweenColumns: number]
  /** Between the centres of neighbouring slices. */
  readonly sliceSpacingMm: number
  /** Slice Thickness, (0018,0050), where it is stated. */
  readonly sliceThicknessMm?: number
  /** In the order of k. */
  readonly slices: readonly SourceSlice[]
  /** Specific Character Set and the elements of the patient, general study, patient study and clinical trial modules. */
  readonly header: readonly RawElement[]
  /** Present where the pixels were once compressed with loss: what (0028,2112) and (0028,2114) say, in order. */
  readonly lossy?: { readonly ratios: readonly string[]; readonly methods: readonly string[] }
}
