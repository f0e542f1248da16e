/** Which instance, series, study and patient an object belongs to: never guessed, and never shown. */
import { createHash } from 'node:crypto'
import { FaultError } from '../errors.ts'
import { type Keyword, TAGS } from './tags.ts'
import { type Attributes, text } from './values.ts'

type UidKeyword = 'SOPClassUID' | 'SOPInstanceUID' | 'StudyInstanceUID' | 'SeriesInstanceUID' | 'FrameOfReferenceUID'

/** Digits and dots, at most 64 (PS3.5 9.1); a component that starts with a zero is wrong, but names what it names. */
const UID = /^[0-9]+(\.[0-9]+)*$/
const MOST_OF_UID = 64

/**
 * @param instead what the meta header says of the same, where it does
 * @throws FaultError dicom-header
 */
export function requiredUid(attributes: Attributes, keyword: UidKeyword, instead?: string): string {
  const own = optionalUid(attributes, keyword)
  if (own !== undefined) return own
  if (instead !== undefined && isUid(instead)) {
    attributes.notes.add(`missing ${keyword}`)
    return instead
  }
  throw new FaultError(
    'dicom-header',
    `${keyword} is missing or no UID (digits and dots, at most ${MOST_OF_UID}): what an image is part of is not guessed`,
  )
}

export function optionalUid(attributes: Attributes, keyword: UidKeyword): string | undefined {
  const value = text(attributes, keyword)
  return value !== undefined && isUid(value) ? value : undefined
}

function isUid(value: string): boolean {
  return value.length <= MOST_OF_UID && UID.test(value)
}

/** Identifier and date of birth, as written; the name where there is no identifier. */
export function patientHashOf(attributes: Attributes): string {
  const of = (keyword: 'PatientID' | 'PatientName' | 'PatientBirthDate'): string => text(attributes, keyword) ?? ''
  const own = [of('PatientID') || of('PatientName'), of('PatientBirthDate')]
  return createHash('sha256').update(JSON.stringify(own)).digest('hex')
}

export function tagOf(keyword: Keyword): string {
  return TAGS[keyword][0]
}
