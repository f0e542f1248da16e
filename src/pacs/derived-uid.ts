/**
 * UIDs of what we make, out of what it was made of: made again they are the same, so an object that is sent twice is still
 * one. 2.25 and a UUID as a whole number (PS3.5, B.2), the UUID by name (version 5, RFC 9562).
 */
import { createHash } from 'node:crypto'

/** The namespace of our names: a random UUID, never to be changed. */
const NAMESPACE = Buffer.from('6f2c0b7e5d0f4b0a9a3e8d1c47b5a2f1', 'hex')

export type Made = 'seg' | 'sr' | 'sc'
export const MADE: readonly Made[] = ['seg', 'sr', 'sc']

/** @param key of the intake (dicom/intake-key.ts) */
export function derivedUid(key: string, made: Made, level: 'series' | `instance${number}`): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(`${key} ${made} ${level}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`
}

/** Of every series that these intakes brought, or will. */
export function ownSeriesOf(keys: readonly string[]): ReadonlySet<string> {
  return new Set(keys.flatMap((key) => MADE.map((made) => derivedUid(key, made, 'series'))))
}
