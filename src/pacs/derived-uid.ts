/**
 * UIDs of what we make, out of what it was made of: made again they are the same, so an object that is sent twice is still
 * one. 2.25 and a UUID as a whole number (PS3.5, B.2), the UUID by name (version 5, RFC 9562).
 */
import { MADE_KINDS, type MadeKind } from '../dicom/object-names.ts'
import { uidOf } from '../dicom/uid.ts'

/** @param key of the intake (dicom/intake-key.ts) */
export function derivedUid(key: string, kind: MadeKind, level: 'series' | `instance${number}`): string {
  return uidOf(key, `${kind}-${level}`)
}

/** The UIDs of every series that these intakes brought, or will bring. */
export function ownSeriesOf(keys: readonly string[]): ReadonlySet<string> {
  return new Set(keys.flatMap((key) => MADE_KINDS.map((kind) => derivedUid(key, kind, 'series'))))
}
