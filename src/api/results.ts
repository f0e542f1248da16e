/** What can be fetched of a job that has succeeded: its maps, the page to print, and the DICOM objects that there may be beside them. */

import type { ObjectKind } from '../dicom/object-names.ts'
import { FaultError } from '../errors.ts'
import { isComparison } from '../inference/comparison-report.ts'
import { confidenceKeyOf, objectKeyOf, pdfKeyOf } from '../service/result-keys.ts'
import type { Job } from '../store/job.ts'

const MAPS = {
  labels: { name: 'labels.nii.gz', what: 'label map', keyOf: (labelsKey: string) => labelsKey },
  confidence: { name: 'confidence.nii.gz', what: 'confidence map', keyOf: confidenceKeyOf },
} as const

const OBJECTS = {
  seg: { name: 'seg.dcm', what: 'segmentation', keyOf: (labelsKey: string) => objectKeyOf(labelsKey, 'seg') },
  sr: { name: 'sr.dcm', what: 'structured report', keyOf: (labelsKey: string) => objectKeyOf(labelsKey, 'sr') },
  sc: { name: 'sc.dcm', what: 'overview', keyOf: (labelsKey: string) => objectKeyOf(labelsKey, 'sc') },
} as const

const PAGE = { pdf: { name: 'report.pdf', what: 'page to print', keyOf: pdfKeyOf } } as const

export const RESULTS = { ...MAPS, ...OBJECTS, ...PAGE }

/** @throws FaultError not-found */
export function requirePage({ report }: Extract<Job, { state: 'succeeded' }>): void {
  if (!isComparison(report) && report.pdf) return
  throw new FaultError(
    'not-found',
    'this job was sent without page=1, so it has no page to print; send the scan again with it',
  )
}

/** @throws FaultError no-dicom-object */
export function requireObject({ report }: Extract<Job, { state: 'succeeded' }>, kind: ObjectKind): void {
  const made = isComparison(report) ? undefined : report.objects
  if (made?.includes(kind)) return
  const { what } = OBJECTS[kind]
  throw new FaultError(
    'no-dicom-object',
    made === undefined
      ? `the grid of the labels is that of no DICOM series, so that there is no ${what}; send the series itself`
      : `there is no ${what}, because no label could be assessed from these scans; the report says so`,
  )
}

export function isObject(result: keyof typeof RESULTS): result is ObjectKind {
  return Object.hasOwn(OBJECTS, result)
}
