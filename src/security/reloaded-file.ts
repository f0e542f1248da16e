/**
 * A small file that is read again when it changes, so that what it holds can be rotated without a restart.
 * By polling: fs.watch loses files that are replaced by a rename (editors, Kubernetes secrets) and says nothing on
 * network mounts. A new file that cannot be used changes nothing: the last good one stays, and the log says so once.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { Log } from '../telemetry/log.ts'

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }

export interface ReloadedFile<T> {
  current(): T
  /** Looks now; for tests and for those who cannot wait for the poll. */
  refresh(): Promise<void>
  close(): void
}

interface Options<T> {
  readonly path: string
  /** The setting that names the file, for the log. */
  readonly setting: string
  /** @param isFirst the start is stricter than a later change */
  readonly parse: (text: string, isFirst: boolean) => Read<T>
  readonly log: Log
  readonly pollMs?: number
}

const POLL_MS = 2_000
const MAX_BYTES = 2 ** 20

/** @returns not ok where the file cannot be used now; later faults are only logged */
export async function openReloaded<T>(options: Options<T>): Promise<Read<ReloadedFile<T>>> {
  const { path, setting, parse, log, pollMs = POLL_MS } = options
  let seen = await look(path, null)
  const first = seen.text === null ? failed<T>(seen.reason) : parse(seen.text, true)
  if (!first.ok) return first
  let current = first.value
  let turn = Promise.resolve()

  async function reread(): Promise<void> {
    const next = await look(path, seen.fingerprint)
    if (next.fingerprint === seen.fingerprint) return
    seen = next
    const read = next.text === null ? failed<T>(next.reason) : parse(next.text, false)
    if (!read.ok)
      return log.error({ setting, reason: read.reason }, 'the changed file cannot be used; the last one stays')
    current = read.value
    log.info({ setting }, 'the changed file is in use')
  }

  const refresh = () => {
    turn = turn.then(reread)
    return turn
  }
  const timer = setInterval(() => void refresh(), pollMs).unref()
  return { ok: true, value: { current: () => current, refresh, close: () => clearInterval(timer) } }
}

const failed = <T>(reason: string): Read<T> => ({ ok: false, reason })

interface Look {
  readonly fingerprint: string
  /** null: unchanged, or unreadable for the reason. */
  readonly text: string | null
  readonly reason: string
}

/** The file's text, unless its fingerprint is the known one. Fingerprint and text are of one open file. */
async function look(path: string, known: string | null): Promise<Look> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    const { ino, size, mtimeNs } = await file.stat({ bigint: true })
    const fingerprint = `${ino} ${size} ${mtimeNs}`
    if (fingerprint === known) return { fingerprint, text: null, reason: '' }
    if (size > MAX_BYTES) {
      return { fingerprint, text: null, reason: `has ${size} bytes, more than the ${MAX_BYTES} allowed` }
    }
    return { fingerprint, text: await file.readFile('utf8'), reason: '' }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return { fingerprint: code, text: null, reason: `cannot be read (${code})` }
  } finally {
    await file?.close()
  }
}
