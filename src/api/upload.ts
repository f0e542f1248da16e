/**
 * Scans from a request body to files in a job's folder, as one file a channel: multipart (multer) or one raw body.
 * Every limit is explicit: multer's own are mostly Infinity. File names that a client sends are never used: the file
 * is named by its channel, and the channel is one that a model card knows. On an error the caller removes the folder.
 */
import { join } from 'node:path'
import type { Request, Response } from 'express'
import multer from 'multer'
import { FaultError } from '../errors.ts'
import type { Received, ReceivedScan } from '../service/identify.ts'
import { asDiskFull } from '../store/blobs.ts'
import { receiveFile } from './received-file.ts'
import { choicesOf, merged, OPTIONS, requireKnown, stringsOf } from './upload-fields.ts'

export interface UploadLimits {
  /** Of one file. */
  readonly maxUploadBytes: number
  /** Channels that any model knows. */
  readonly channels: readonly string[]
}

/** What a body of one scan may be called. What it is, its first bytes say. */
const RAW_TYPES = ['application/octet-stream', 'application/gzip', 'application/x-gzip', 'application/x-nifti']
/** How long the parser may take to see that its request is gone, and to remove what it wrote. */
const BROKEN_OFF_MS = 1_000
/** The longest is a callback. */
const MAX_FIELD_BYTES = 4096
/** Boundaries and part headers around the files. */
const MULTIPART_OVERHEAD_BYTES = 64 * 1024

/**
 * @throws FaultError malformed-multipart, malformed-request, no-scan, unknown-channel, duplicate-channel,
 *   upload-too-large, unsupported-media-type, disk-full; cancelled when the client goes away or is cut for its slowness
 */
export async function receiveUpload(req: Request, res: Response, dir: string, limits: UploadLimits): Promise<Received> {
  const receive = isMultipart(req) ? receiveMultipart : receiveRaw
  try {
    // A request that is gone before anybody listens says nothing any more: its parser would wait for ever.
    if (req.destroyed) throw cut()
    return await receive(req, res, dir, limits)
  } catch (error) {
    // First: to multer, a client that went away is a form without an end.
    if (!req.complete && req.destroyed) throw cut(error)
    if (error instanceof FaultError) throw error
    throw asDiskFull(error)
  }
}

function isMultipart(req: Request): boolean {
  return Boolean(req.is('multipart/form-data'))
}

/** What the scans of this request have at least, before any of it has come; 0 where its length is not said. */
export function declaredBytes(req: Request): number {
  const length = Number(req.get('content-length') ?? 0)
  return Math.max(0, isMultipart(req) ? length - MULTIPART_OVERHEAD_BYTES : length)
}

function cut(cause?: unknown): FaultError {
  return new FaultError('cancelled', 'the upload was cut: the client went away or took too long', { cause })
}

/**
 * A client that asked first ("Expect: 100-continue", as curl does for anything large) is told to go on only here, so
 * that whatever was refused before cost no upload.
 */
function letBodyCome(req: Request, res: Response, maxBytes: number): void {
  const declared = Number(req.get('content-length') ?? 0)
  if (declared > maxBytes) throw tooLarge(declared, maxBytes)
  // RFC 9110, section 10.1.1: never to HTTP/1.0, which does not know it.
  if (req.httpVersion === '1.1' && req.get('expect')?.toLowerCase() === '100-continue') res.writeContinue()
}

function tooLarge(found: number | undefined, maxBytes: number): FaultError {
  const what = found === undefined ? 'a file has more' : `the body has ${found} bytes, more`
  return new FaultError('upload-too-large', `${what} than the ${maxBytes} bytes allowed`)
}

async function receiveRaw(req: Request, res: Response, dir: string, limits: UploadLimits): Promise<Received> {
  const { maxUploadBytes, channels } = limits
  if (req.get('content-length') === '0') throw new FaultError('no-scan', 'the body is empty')
  if (!req.is(RAW_TYPES)) {
    const allowed = ['multipart/form-data', ...RAW_TYPES].join(', ')
    throw new FaultError('unsupported-media-type', `the body must be one of ${allowed}`)
  }
  const { channel, ...values } = stringsOf(req.query, ['channel', ...OPTIONS])
  if (channel === undefined) {
    throw new FaultError('malformed-request', `a raw body needs ?channel=, one of ${channels.join(', ')}`)
  }
  requireKnown(channel, channels)
  const choices = choicesOf(values)
  letBodyCome(req, res, maxUploadBytes)
  const path = join(dir, `${channel}.upload`)
  const scan = await receiveFile(keepOpen(req), path, maxUploadBytes, () => tooLarge(undefined, maxUploadBytes))
  if (scan.bytes === 0) throw new FaultError('no-scan', 'the body is empty')
  return { scans: { [channel]: scan }, ...choices }
}

/** The request as a source that, when the pipeline fails, is left alive for the answer to go out. */
async function* keepOpen(req: Request): AsyncGenerator<Buffer> {
  yield* req.iterator({ destroyOnReturn: false })
}

async function receiveMultipart(req: Request, res: Response, dir: string, limits: UploadLimits): Promise<Received> {
  const { maxUploadBytes, channels } = limits
  if ('channel' in req.query) {
    throw new FaultError(
      'malformed-request',
      'channel is for raw bodies; in multipart the name of a part is its channel',
    )
  }
  const query = stringsOf(req.query, OPTIONS)
  choicesOf(query)
  letBodyCome(req, res, maxUploadBytes * channels.length + MULTIPART_OVERHEAD_BYTES)
  const files = new Set<string>()
  const parser = multer({
    storage: hashingStorage(dir, maxUploadBytes),
    // One more than useful, so that a second file for a channel is told as such.
    limits: {
      fileSize: maxUploadBytes,
      files: channels.length + 1,
      fields: OPTIONS.length + 2,
      parts: channels.length + OPTIONS.length + 3,
      fieldNameSize: 64,
      fieldSize: MAX_FIELD_BYTES,
      headerPairs: 16,
    },
    fileFilter(_req, file, done) {
      try {
        requireKnown(file.fieldname, channels)
        if (files.has(file.fieldname)) {
          throw new FaultError('duplicate-channel', `channel ${file.fieldname} was sent twice; one file a channel`)
        }
        files.add(file.fieldname)
        done(null, true)
      } catch (error) {
        done(error as FaultError)
      }
    },
  }).any()
  await new Promise<void>((resolve, reject) => {
    // The parser answers a request that breaks off, but not at every moment of it.
    // One that is complete may take its time to be written.
    req.once('close', () => {
      if (!req.complete) setTimeout(() => reject(cut()), BROKEN_OFF_MS).unref()
    })
    parser(req, res, (error: unknown) => (error ? reject(asMultipartFault(error, limits)) : resolve()))
  })
  const sent = (req.files ?? []) as unknown as readonly (ReceivedScan & { readonly fieldname: string })[]
  const fields = stringsOf((req.body ?? {}) as Record<string, unknown>, OPTIONS, channels)
  const choices = choicesOf(merged(query, fields))
  if (sent.length === 0) throw new FaultError('no-scan', `no file was sent; the channels are ${channels.join(', ')}`)
  const scans = sent.map(({ fieldname, path, bytes, sha256 }) => [fieldname, { path, bytes, sha256 }] as const)
  return { scans: Object.fromEntries(scans), ...choices }
}

/** Of multer's two: the file under its channel's name, hashed on the way. */
function hashingStorage(dir: string, maxUploadBytes: number): multer.StorageEngine {
  return {
    _handleFile(_req, file, done) {
      const path = join(dir, `${file.fieldname}.upload`)
      // multer itself cuts what is too large, one byte later than it is seen here.
      receiveFile(file.stream, path, maxUploadBytes, () => tooLarge(undefined, maxUploadBytes)).then(
        (scan) => done(null, scan as Partial<Express.Multer.File>),
        done,
      )
    },
    // On an error the whole folder is removed.
    _removeFile: (_req, _file, done) => done(null),
  }
}

/** multer's and busboy's errors; those of the file system carry an E-code and pass through. */
function asMultipartFault(error: unknown, { maxUploadBytes, channels }: UploadLimits): unknown {
  if (error instanceof FaultError || !(error instanceof Error)) return error
  if (error instanceof multer.MulterError) {
    if (error.code === 'LIMIT_FILE_SIZE') return tooLarge(undefined, maxUploadBytes)
    const allowed = `allowed are one file for each of ${channels.join(', ')}, and the fields ${OPTIONS.join(', ')}`
    return new FaultError('malformed-multipart', `${error.message.toLowerCase()}; ${allowed}`, { cause: error })
  }
  if ('code' in error) return error
  return new FaultError('malformed-multipart', 'the parts cannot be told apart: a boundary or an end is missing', {
    cause: error,
  })
}
