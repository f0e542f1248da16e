/**
 * What a person should know about a segmentation that stands all the same. The code is stable, for programs (openapi.yaml
 * lists them); the message is for people and, like a fault's, holds no file name and no text out of a header.
 */

export const WARNING_CODES = [
  // the file
  'no-orientation',
  'no-length-unit',
  'spacing-differs',
  'affines-differ',
  'unit-converted',
  'scaling-ignored',
  'no-data',
  'trailing-bytes',
  'dicom-repaired',
  'dicom-lossy',
  'dicom-inverted',
  // the scan
  'coarse-voxels',
  'extreme-voxels',
  'tilted',
  'thin-slab',
  'partly-covered',
  'unusual-size',
  'hounsfield-units',
  'homogeneous',
  'scans-aligned',
  // the result
  'no-brain',
  'tissue-shares',
  'contrast-order',
  'field-of-view-cut',
  'lesion-load',
  'scans-misaligned',
] as const

export type WarningCode = (typeof WARNING_CODES)[number]

export interface Warning {
  readonly code: WarningCode
  readonly message: string
}
