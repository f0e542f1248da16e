/**
 * Small files that belong together and are read again when one of them changes, so that what they hold can be rotated without
 * a restart. By polling: fs.watch loses files that are replaced by a rename (editors, Kubernetes secrets) and says nothing on
 * network mounts. New files that cannot be used change nothing: the last good ones stay, and the log says so once.
 *
 * A file that is mounted by itself, as compose and `docker run -v` do, is an inode: whoever replaces it on the host by a
 * rename (editors, sed -i) leaves the mount with the old one, which is in no folder any more. Its link count of 0 tells.
 */

import { type FileHandle, open, stat } from 'node:fs/promises'
import { sizeInWords } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }

export interface ReloadedFile<T> {
  current(): T
  /** Why changes are not seen any more; null: they are. */
  staleBecause(): string | null
  /** Looks now; for tests and for those who cannot wait for the poll. */
  refresh(): Promise<void>
  close(): void
}

interface Options<T> {
  readonly paths: readonly string[]
  /** The setting that names the files, for the log. */
  readonly setting: string
  /**
   * @param texts in the order of the paths
   * @param isFirst the start is stricter than a later change
   */
  readonly parse: (texts: readonly string[], isFirst: boolean) => Read<T>
  readonly onChange?: (value: T) => void
  readonly log: Log
  readonly pollMs?: number
}

const POLL_MS = 2_000
const MAX_BYTES = 2 ** 20

/** @returns not ok where the files cannot be used now; later faults are only logged */
export async function openReloaded<T>(options: Options<T>): Promise<Read<ReloadedFile<T>>> {
  const { paths, setting, parse, onChange, log, pollMs = POLL_MS } = options
  let seen = await look(paths, null)
  const first = seen.texts === null ? failed<T>(seen.reason) : parse(seen.texts, true)
  if (!first.ok) return first
  let current = first.value
  let turn = Promise.resolve()
  if (seen.isDeleted) logDeleted()

  function logDeleted(): void {
    log.error({ setting }, 'the mounted file was replaced and the old one is still read; mount its folder')
  }

  async function reread(): Promise<void> {
    const next = await look(paths, seen.fingerprint)
    if (next.isDeleted && !seen.isDeleted) logDeleted()
    const isChanged = next.fingerprint !== seen.fingerprint
    seen = next
    if (!isChanged) return
    const read = next.texts === null ? failed<T>(next.reason) : parse(next.texts, false)
    if (!read.ok)
      return log.error({ setting, reason: read.reason }, 'the changed file cannot be used; the last one stays')
    current = read.value
    log.info({ setting }, 'the changed file is in use')
    onChange?.(current)
  }

  const staleBecause = () =>
    seen.isDeleted ? `${setting}: the mounted file was replaced and changes to it are not seen; mount its folder` : null
  const refresh = () => {
    turn = turn.then(reread)
    return turn
  }
  const timer = setInterval(() => void refresh(), pollMs).unref()
  return { ok: true, value: { current: () => current, staleBecause, refresh, close: () => clearInterval(timer) } }
}

const failed = <T>(reason: string): Read<T> => ({ ok: false, reason })

interface Look {
  readonly fingerprint: string
  /** null: unchanged, or unreadable for the reason. */
  readonly texts: readonly string[] | null
  readonly reason: string
  /** One of them is in no folder any more. */
  readonly isDeleted: boolean
}

/** The texts of the files, unless their fingerprint is the known one. Fingerprint and text are of one open file each. */
async function look(paths: readonly string[], known: string | null): Promise<Look> {
  const files: FileHandle[] = []
  try {
    for (const path of paths) files.push(await open(path))
    const stats = await Promise.all(files.map((file) => file.stat({ bigint: true })))
    const isDeleted = (
      await Promise.all(stats.map(({ nlink, ino }, at) => nlink === 0n && isStill(paths[at]!, ino)))
    ).includes(true)
    const fingerprint = stats.map(({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`).join()
    const unread = { fingerprint, isDeleted, texts: null }
    if (fingerprint === known) return { ...unread, reason: '' }
    const large = stats.find(({ size }) => size > MAX_BYTES)
    if (large !== undefined) {
      return {
        ...unread,
        reason: `has ${sizeInWords(Number(large.size), 'up')}, more than the ${sizeInWords(MAX_BYTES, 'down')} allowed`,
      }
    }
    const texts = await Promise.all(files.map((file) => file.readFile('utf8')))
    return { ...unread, texts, reason: '' }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return { fingerprint: code, texts: null, reason: `cannot be read (${code})`, isDeleted: false }
  } finally {
    await Promise.all(files.map((file) => file.close()))
  }
}

/** A file that was replaced between its opening and this look is in no folder either, but its path leads to the new one. */
async function isStill(path: string, ino: bigint): Promise<boolean> {
  return (await stat(path, { bigint: true })).ino === ino
}
