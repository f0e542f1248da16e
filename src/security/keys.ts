/**
 * API keys: `ol_<id>_<43 base64url characters>`, 256 random bits. The file holds their SHA-256, one JSON object a line:
 *
 *   {"id":"pacs","sha256":"…64 hex…","scopes":["submit"],"expires":"2027-01-01T00:00:00Z","limits":{"jobs":4}}
 *
 * Empty lines and lines that begin with # are skipped. The owner is the id: lines of one id are keys of one owner, and
 * that is how a key is rotated (add the new line, hand out the new key, remove the old line).
 *
 * One SHA-256, not scrypt: slow hashes make guessing passwords dear, and nobody guesses 256 random bits; a slow one
 * would only let anyone who sends wrong keys keep our cores busy (OWASP Password Storage is about passwords).
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Log } from '../telemetry/log.ts'
import { type Identity, SCOPES } from './identity.ts'
import { openReloaded, type Read } from './reloaded-file.ts'

const ID = /^[a-z0-9-]{1,40}$/
const KEY = /^ol_([a-z0-9-]{1,40})_[A-Za-z0-9_-]{43}$/
const SECRET_BYTES = 32

const limit = z.int().min(1)
const lineSchema = z.strictObject({
  id: z.string().regex(ID, '1 to 40 of a-z, 0-9 and -'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits'),
  scopes: z.array(z.enum(SCOPES)).min(1),
  expires: z.iso.datetime({ offset: true }).optional(),
  limits: z.strictObject({ jobs: limit.optional(), bytes: limit.optional() }).optional(),
})
export type KeyLine = z.output<typeof lineSchema>

interface KnownKey {
  readonly hash: Buffer
  readonly expiresMs: number
  readonly identity: Identity
}
type Keys = ReadonlyMap<string, readonly KnownKey[]>

export type KeyAnswer = Identity | 'unknown' | 'expired'

export interface KeyRing {
  identify(key: string): KeyAnswer
  /** Whose key has this SHA-256 in hex; 'unknown' once its line is gone. */
  recall(keyHash: string): KeyAnswer
  /** Why keys that were taken out of the file may still be let in; null: they are not. */
  staleBecause(): string | null
  refresh(): Promise<void>
  close(): void
}

/** A key and the line of the file that knows it. @param secret 32 random bytes */
export function newKey(
  id: string,
  secret: Uint8Array,
  options: Omit<KeyLine, 'id' | 'sha256'>,
): { readonly key: string; readonly line: string } {
  if (secret.length !== SECRET_BYTES) throw new Error(`a key is made of ${SECRET_BYTES} bytes, not ${secret.length}`)
  const key = `ol_${id}_${Buffer.from(secret).toString('base64url')}`
  return { key, line: JSON.stringify(lineSchema.parse({ id, sha256: hashOf(key).toString('hex'), ...options })) }
}

/** What is wrong with an id, or null. */
export function keyIdFault(id: string): string | null {
  return ID.test(id) ? null : 'an id is 1 to 40 of a-z, 0-9 and -'
}

/** Whether it has the form of our keys, and not of a token. */
export const isKey = (credential: string): boolean => credential.startsWith('ol_')

/**
 * The keys of a file, read again when it changes.
 * @returns not ok, with the line's number, where the file cannot be used at the start or holds no key
 */
export async function openKeys(
  path: string,
  log: Log,
  { nowMs = Date.now, pollMs }: { readonly nowMs?: () => number; readonly pollMs?: number } = {},
): Promise<Read<KeyRing>> {
  const setting = 'ONELABEL_KEYS_FILE'
  const file = await openReloaded({
    paths: [path],
    setting,
    parse: ([text = ''], isFirst) => parseKeys(text, isFirst),
    log,
    ...(pollMs !== undefined && { pollMs }),
  })
  if (!file.ok) return file
  const { current, staleBecause, refresh, close } = file.value
  return {
    ok: true,
    value: {
      identify: (key) => identify(current(), key, nowMs()),
      recall: (keyHash) => recall(current(), keyHash, nowMs()),
      staleBecause,
      refresh,
      close,
    },
  }
}

/** A running service may be left without keys, to shut everyone out; a start without keys is a mistake. */
export function parseKeys(text: string, isFirst: boolean): Read<Keys> {
  const keys = new Map<string, KnownKey[]>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const read = lineSchema.safeParse(jsonOf(line))
    if (!read.success) {
      const { path = [], message = 'wrong' } = read.error.issues[0] ?? {}
      return { ok: false, reason: `line ${index + 1}: ${[...path, message].join(' ')}` }
    }
    const { id, sha256, scopes, expires, limits = {} } = read.data
    const known = {
      hash: Buffer.from(sha256, 'hex'),
      expiresMs: expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires),
      identity: { owner: `key:${id}`, scopes, limits },
    }
    keys.set(id, [...(keys.get(id) ?? []), known])
  }
  return isFirst && keys.size === 0 ? { ok: false, reason: 'holds no key' } : { ok: true, value: keys }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** All keys of the id are compared, each in constant time; ids are no secret. */
function identify(keys: Keys, key: string, nowMs: number): KeyAnswer {
  const id = KEY.exec(key)?.[1]
  if (id === undefined) return 'unknown'
  const hash = hashOf(key)
  const [found] = (keys.get(id) ?? []).filter((known) => timingSafeEqual(known.hash, hash))
  return answerOf(found, nowMs)
}

/** The hash is one that we kept, not one that a caller sent. */
function recall(keys: Keys, keyHash: string, nowMs: number): KeyAnswer {
  const found = [...keys.values()].flat().find(({ hash }) => hash.toString('hex') === keyHash)
  return answerOf(found, nowMs)
}

function answerOf(found: KnownKey | undefined, nowMs: number): KeyAnswer {
  if (found === undefined) return 'unknown'
  return nowMs < found.expiresMs ? found.identity : 'expired'
}

/** SHA-256. */
export function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
