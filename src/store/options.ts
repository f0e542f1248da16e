/** What a caller may ask of a segmentation beside model and grid. Kept with its job, and part of each hash of it. */
import { FaultError } from '../errors.ts'

const CHOICES = {
  /** A map of the network's confidence as a second result. */
  include: ['confidence'],
  /** Each patch is seen mirrored as well and the answers are averaged: twice the work (network/flip-average.ts). */
  flip: ['average'],
  /** For files whose sform and qform differ, the other one (nifti/affine-source.ts). */
  affine: ['qform'],
  /** What cannot be a brain fails the job, where else it is a warning (warnings.ts). */
  strict: ['1'],
  /** Scans that look like other sequences than they were sent as are segmented all the same (quality/check-sequences.ts). */
  sequence: ['as-sent'],
  /** How the DICOM segmentation stores its voxels; one bit each when absent (dicom/seg-segments.ts). */
  seg: ['labelmap'],
  /** Segments without a voxel are left out of it. */
  omitEmpty: ['1'],
  /** A page to print beside the results. */
  page: ['1'],
} as const

export type OptionName = keyof typeof CHOICES
export type JobOptions = { readonly [Name in OptionName]?: (typeof CHOICES)[Name][number] }

export const OPTION_NAMES = Object.keys(CHOICES) as readonly OptionName[]

/** Those of the values that are options. @throws FaultError malformed-request for a value that an option does not have */
export function optionsOf(values: { readonly [Name in OptionName]?: string }): JobOptions {
  const given = OPTION_NAMES.flatMap((name) => {
    const value = values[name]
    if (value === undefined) return []
    if (CHOICES[name].some((choice) => choice === value)) return [[name, value]]
    throw new FaultError('malformed-request', `${name} can be ${CHOICES[name].join(', ')}`)
  })
  return Object.fromEntries(given)
}

/** Whether a job with these options has a map of the confidence beside its label map. */
export function includesConfidence(options: Readonly<Record<string, string>>): boolean {
  return optionsOf(options).include === 'confidence'
}
