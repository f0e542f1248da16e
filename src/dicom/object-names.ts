/** What is made of a result, and how whoever asks for it may want it named. */

/** Segmentation, structured report, secondary capture. */
export const OBJECT_KINDS = ['seg', 'sr', 'sc'] as const
export type ObjectKind = (typeof OBJECT_KINDS)[number]

export interface ObjectName {
  readonly seriesInstanceUid: string
  readonly sopInstanceUid: string
  /** (0020,0013), from 1. */
  readonly instanceNumber: number
}

/** What may be made of scans: objects of a result, or in their place the report that says why there is none. */
export const MADE_KINDS = [...OBJECT_KINDS, 'refusal'] as const
export type MadeKind = (typeof MADE_KINDS)[number]

/** A refusal is reported only where it has a name. */
export type ObjectNames = Readonly<Partial<Record<MadeKind, ObjectName>>>

export type SegKind = 'binary' | 'labelmap'

/** Segmentation and Label Map Segmentation Storage (PS3.4, B.5). */
export const SEG_STORAGE: Readonly<Record<SegKind, string>> = {
  binary: '1.2.840.10008.5.1.4.1.1.66.4',
  labelmap: '1.2.840.10008.5.1.4.1.1.66.7',
}
/** Comprehensive SR Storage. */
export const SR_STORAGE = '1.2.840.10008.5.1.4.1.1.88.33'
/** Secondary Capture Image Storage. */
export const SC_STORAGE = '1.2.840.10008.5.1.4.1.1.7'

/** @param seg how the segmentation is stored */
export function storageOf(kind: MadeKind, seg: SegKind = 'binary'): string {
  return { seg: SEG_STORAGE[seg], sr: SR_STORAGE, sc: SC_STORAGE, refusal: SR_STORAGE }[kind]
}
