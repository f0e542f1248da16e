/** UIDs that need no root of our own (PS3.5, B.2) and come out the same each time: a result that is sent twice is one. */
import { createHash } from 'node:crypto'

/** Ours; made once at random. */
const NAMESPACE = '6e864273-81d8-4403-80b6-6c9bc799b5ee'

/** UUID of version 5 (RFC 9562, section 5.5) of a name within a namespace, 16 bytes. */
export function uuidV5(name: string, namespace: string): Buffer {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
  const uuid = hash.digest().subarray(0, 16)
  uuid[6] = (uuid[6]! & 0x0f) | 0x50
  uuid[8] = (uuid[8]! & 0x3f) | 0x80
  return uuid
}

/**
 * @param intakeKey what the result was computed from: the same key and kind give the same UID
 * @param kind what the UID is of, such as 'seg'
 */
export function uidOf(intakeKey: string, kind: string): string {
  return `2.25.${BigInt(`0x${uuidV5(`${intakeKey}\n${kind}`, NAMESPACE).toString('hex')}`)}`
}
