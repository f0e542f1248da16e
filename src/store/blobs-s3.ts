/**
 * Blobs in S3-compatible storage: <bucket>/<prefix>/<job uuid>/<name>, for several machines without a shared volume.
 * The storage checks the SHA-256 of what it is sent, so that bytes damaged on the way are refused. It shows a whole object
 * or none (AWS S3 and MinIO answer after it is stored), and so does a rename here.
 */
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { isTransientError } from '@smithy/core/retry'
import { FaultError } from '../errors.ts'
import { asDiskFull, type Blobs, blobMissing, splitKey, splitPrefix } from './blobs.ts'
import { isNoSuchKey, UNREACHABLE } from './s3-client.ts'
import { PART_BYTES, putFile } from './s3-put.ts'
import { unlessAborted } from './unless-aborted.ts'

export interface S3Place {
  readonly bucket: string
  /** Without slashes at its ends; '' for the whole bucket. */
  readonly prefix: string
}

const PLACE = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*)\/?$/

/** `s3://bucket/some/prefix` → its parts; undefined for anything else. */
export function parseS3Place(text: string): S3Place | undefined {
  const [, bucket, path] = PLACE.exec(text) ?? []
  return bucket === undefined ? undefined : { bucket, prefix: (path ?? '').slice(1) }
}

/** How often a file is asked for whose answer breaks off in its middle. */
const MOST_DOWNLOADS = 3
const BROKEN_OFF = 'the storage broke off in the middle of a file; try later'

function isBrokenOff(error: unknown): boolean {
  return (
    error instanceof Error &&
    !(error instanceof FaultError) &&
    isTransientError(error as Parameters<typeof isTransientError>[0])
  )
}

interface S3Limits {
  /** A larger file is sent in parts. */
  readonly partBytes: number
  /** To the answer of one try at a request without a file. */
  readonly quickMs: number
  /** For all that remove() does. */
  readonly removeMs: number
}

const LIMITS: S3Limits = { partBytes: PART_BYTES, quickMs: 10_000, removeMs: 60_000 }

export function createS3Blobs(
  client: S3Client,
  { bucket: Bucket, prefix }: S3Place,
  { partBytes, quickMs, removeMs }: S3Limits = LIMITS,
): Blobs {
  const root = prefix === '' ? '' : `${prefix}/`
  const quick = { requestTimeout: quickMs }

  async function read(key: string, signal: AbortSignal | undefined) {
    splitKey(key)
    signal?.throwIfAborted()
    const command = new GetObjectCommand({ Bucket, Key: root + key })
    try {
      const answer = await unlessAborted(client.send(command, signal && { abortSignal: signal }), signal)
      return { stream: answer.Body as Readable, sizeBytes: answer.ContentLength ?? Number.NaN }
    } catch (error) {
      throw isNoSuchKey(error) ? blobMissing(key) : error
    }
  }

  async function download(key: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    const part = await open(`${path}.part`, 'w', 0o600)
    try {
      const { stream } = await read(key, signal)
      await pipeline(stream, part.createWriteStream(), signal ? { signal } : {})
    } finally {
      await part.close()
    }
    await rename(`${path}.part`, path)
  }

  /** The keys of at most so many objects that begin so, and of no others, whatever the storage lists. */
  async function list(Prefix: string, most: number, abortSignal?: AbortSignal): Promise<readonly string[]> {
    const command = new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: most })
    const { Contents = [] } = await client.send(command, { ...quick, ...(abortSignal && { abortSignal }) })
    return Contents.flatMap(({ Key }) => (Key?.startsWith(Prefix) ? [Key] : []))
  }

  async function drop(Key: string, abortSignal: AbortSignal): Promise<void> {
    try {
      await client.send(new DeleteObjectCommand({ Bucket, Key }), { ...quick, abortSignal })
    } catch (error) {
      if (!isNoSuchKey(error)) throw error // some storages say so, AWS does not
    }
  }

  async function removeAll(prefix: string, abortSignal: AbortSignal): Promise<void> {
    const { jobId, name } = splitPrefix(prefix)
    if (name !== undefined) return drop(root + prefix, abortSignal)
    // Listed again until nothing is left: a list has at most 1000 keys, and what is deleted leaves it.
    for (let before: string | undefined; ; ) {
      const keys = await list(`${root}${jobId}/`, 1000, abortSignal)
      if (keys.length === 0) return
      if (keys[0] === before) throw new Error('the storage lists a file that it said was deleted')
      before = keys[0]
      for (const key of keys) await drop(key, abortSignal)
    }
  }

  return {
    async put(key, path, { sha256, signal } = {}) {
      splitKey(key)
      signal?.throwIfAborted()
      const target = { Bucket, Key: root + key }
      await unlessAborted(putFile(client, target, path, { partBytes, sha256, signal }), signal)
      await rm(path)
    },
    async fetch(key, intoDir, { signal } = {}) {
      const path = join(intoDir, splitKey(key).name)
      for (let tries = 1; ; tries++) {
        try {
          await download(key, path, signal)
          return path
        } catch (error) {
          await rm(`${path}.part`, { force: true })
          signal?.throwIfAborted()
          if (!isBrokenOff(error)) throw asDiskFull(error)
          if (tries === MOST_DOWNLOADS) throw new FaultError('not-ready', BROKEN_OFF, { cause: error })
        }
      }
    },
    openRead: (key, { signal } = {}) => read(key, signal),
    async remove(prefix) {
      const signal = AbortSignal.timeout(removeMs)
      try {
        await unlessAborted(removeAll(prefix, signal), signal)
      } catch (error) {
        throw signal.aborted ? new FaultError('not-ready', UNREACHABLE, { cause: error }) : error
      }
    },
    async ping() {
      await list(root, 1)
    },
  }
}
