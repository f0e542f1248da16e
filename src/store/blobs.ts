/**
 * Scans and label maps, by key: `<job uuid>/<name>`. Engines: blobs-directory.ts (one machine, or a shared volume) and
 * blobs-s3.ts (many machines). A blob is written once and whole: nobody ever reads half of one, and what put() has
 * returned for survives a loss of power. Everything of a job lies under its id and is removed by it.
 */
import type { Readable } from 'node:stream'
import { FaultError, isDiskFull } from '../errors.ts'

export interface BlobRead {
  /** To be read at once: one that is left alone breaks off after a while, as does one whose storage falls silent. */
  readonly stream: Readable
  readonly sizeBytes: number
}

export interface Transfer {
  /** Stops it at once, and the promise rejects with the signal's reason. Half a blob is left nowhere. */
  readonly signal?: AbortSignal
}

export interface Blobs {
  /**
   * Takes the file at `path` in: it is gone from there afterwards. Replaces an earlier blob of the same key.
   * @param options.sha256 of the file in lower-case hex, where it is known; an engine may do without computing it again
   * @throws FaultError disk-full, not-ready
   */
  put(key: string, path: string, options?: Transfer & { readonly sha256?: string }): Promise<void>
  /**
   * @param intoDir a folder of the caller's, where an engine may put a copy
   * @returns where the blob can be read as a file: perhaps the stored file itself, never to be changed, moved or removed
   * @throws FaultError blob-missing, disk-full, not-ready
   */
  fetch(key: string, intoDir: string, options?: Transfer): Promise<string>
  /**
   * @param options.signal destroys the stream too
   * @throws FaultError blob-missing, not-ready; before anything is read
   */
  openRead(key: string, options?: Transfer): Promise<BlobRead>
  /**
   * Gives up in bounded time where the storage is away.
   * @param prefix a job's id: all its blobs; or one key. What is gone already is no error.
   * @throws FaultError not-ready
   */
  remove(prefix: string): Promise<void>
  /**
   * Ids of jobs with blobs of which none came for so long. Absent where the storage's own lifecycle rules remove what is
   * forgotten.
   */
  readonly untouched?: (forMs: number) => Promise<readonly string[]>
  /** Rejects when blobs cannot be written and read here. */
  ping(): Promise<void>
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const JOB_ID = new RegExp(`^${UUID}$`)
const KEY = new RegExp(`^(${UUID})/([A-Za-z0-9][A-Za-z0-9._-]{0,99})$`)

export function isJobId(text: string): boolean {
  return JOB_ID.test(text)
}

/** @throws Error (a bug) for a key that is not `<job uuid>/<name>`: names are made by us and never by a caller */
export function splitKey(key: string): { readonly jobId: string; readonly name: string } {
  const [, jobId, name] = KEY.exec(key) ?? []
  if (jobId === undefined || name === undefined) throw new Error('a blob key must be <job uuid>/<name>')
  return { jobId, name }
}

/** @throws Error (a bug) for what is neither a job's id nor a key */
export function splitPrefix(prefix: string): { readonly jobId: string; readonly name?: string } {
  return JOB_ID.test(prefix) ? { jobId: prefix } : splitKey(prefix)
}

export function blobMissing(key: string, options?: ErrorOptions): FaultError {
  return new FaultError('blob-missing', `the stored file ${splitKey(key).name} is gone; send the scan again`, options)
}

/** A full disk is the caller's to know of; every other error of the file system stays a bug. */
export function asDiskFull(error: unknown): unknown {
  return isDiskFull(error)
    ? new FaultError('disk-full', 'no space left for uploads and results; try later', { cause: error })
    : error
}
