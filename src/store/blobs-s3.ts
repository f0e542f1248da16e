/**
 * Blobs in S3-compatible storage: <bucket>/<prefix>/<job uuid>/<name>, for several machines without a shared volume.
 * Bytes are streamed both ways; a PUT carries the SHA-256 of its file, so that bytes damaged on the way are refused.
 * A PUT shows the whole object or none (AWS S3 and MinIO answer after it is stored), and so does a rename here.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { FaultError } from '../errors.ts'
import { asDiskFull, type Blobs, blobMissing, splitKey, splitPrefix } from './blobs.ts'
import type { S3Send } from './s3-client.ts'

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

/** An answer that ends too early is a TypeError of fetch(); errors of the disk are not. */
function isBrokenOff(error: unknown): boolean {
  return error instanceof TypeError
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** The keys in an answer of ListObjectsV2 that begin as asked; ours hold nothing that XML must escape. */
export function listedKeys(xml: string, prefix: string): readonly string[] {
  return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => match[1]!).filter((key) => key.startsWith(prefix))
}

export function createS3Blobs(send: S3Send, { bucket, prefix }: S3Place): Blobs {
  const root = prefix === '' ? '' : `${prefix}/`

  async function drop(objectKey: string): Promise<void> {
    const answer = await send({ method: 'DELETE', path: `/${bucket}/${objectKey}`, isQuick: true })
    await answer.body?.cancel()
  }

  async function list(objectPrefix: string, most: number): Promise<string> {
    const query = { 'list-type': '2', prefix: objectPrefix, 'max-keys': String(most) }
    const answer = await send({ method: 'GET', path: `/${bucket}`, query, isQuick: true })
    if (!answer.ok) throw new Error(`the storage does not list its bucket: ${answer.status}`)
    return answer.text()
  }

  async function read(key: string) {
    splitKey(key)
    const answer = await send({ method: 'GET', path: `/${bucket}/${root}${key}` })
    const sizeBytes = Number(answer.headers.get('content-length') ?? Number.NaN)
    if (!answer.ok || answer.body === null) throw blobMissing(key)
    return { stream: Readable.fromWeb(answer.body as ReadableStream<Uint8Array>), sizeBytes }
  }

  async function download(key: string, path: string): Promise<void> {
    const { stream } = await read(key)
    await pipeline(stream, createWriteStream(`${path}.part`, { mode: 0o600 }))
    await rename(`${path}.part`, path)
  }

  return {
    async put(key, path) {
      splitKey(key)
      const bodySha256 = await sha256Of(path)
      const body = await openAsBlob(path)
      const answer = await send({ method: 'PUT', path: `/${bucket}/${root}${key}`, body, bodySha256 })
      await answer.body?.cancel()
      if (!answer.ok) throw new Error(`the storage refused PUT with ${answer.status}`)
      await rm(path)
    },
    async fetch(key, intoDir) {
      const path = join(intoDir, splitKey(key).name)
      for (let tries = 1; ; tries++) {
        try {
          await download(key, path)
          return path
        } catch (error) {
          await rm(`${path}.part`, { force: true })
          if (!isBrokenOff(error)) throw asDiskFull(error)
          if (tries === MOST_DOWNLOADS) throw new FaultError('not-ready', BROKEN_OFF, { cause: error })
        }
      }
    },
    openRead: read,
    async remove(what) {
      const { jobId, name } = splitPrefix(what)
      if (name !== undefined) return drop(`${root}${what}`)
      // Listed again until nothing is left: a list has at most 1000 keys, and what is deleted leaves it.
      const under = `${root}${jobId}/`
      for (let before: string | undefined; ; ) {
        const keys = listedKeys(await list(under, 1000), under)
        if (keys.length === 0) return
        if (keys[0] === before) throw new Error('the storage lists a file that it said was deleted')
        before = keys[0]
        for (const key of keys) await drop(key)
      }
    },
    async ping() {
      await list(root, 1)
    },
  }
}
