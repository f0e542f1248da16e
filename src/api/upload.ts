/**
 * Scans from a request body to files in a job's folder, as one file a channel, or as the files of a
 * DICOM study: multipart (multer) or one raw body.
 * Both may be compressed for the way; every limit holds for what was compressed. File names that a client sends are never used: the file
 * is named by its channel, and the channel is one that a model card knows. On an error the caller removes the folder.
 */
import { join } from 'node:path'
import type { Request, Response } from 'express'
import { FaultError } from '../errors.ts'
import type { Received } from '../service/identify.ts'
import { receiveFile } from '../service/received-file.ts'
import { asDiskFull } from '../store/blobs.ts'
import { letBodyCome, tooLarge } from './body.ts'
import { type Coding, codingsOf, decodedBody, mostSent } from './content-encoding.ts'
import { DICOM_OVERHEAD_BYTES, DICOM_PART, DICOM_TYPES, receiveRelated } from './dicom-upload.ts'
import { receiveForm } from './multipart.ts'
import { choicesOf, merged, OPTIONS, requireKnown, stringsOf } from './upload-fields.ts'

export interface UploadLimits {
  /** The limit of one file. */
  readonly maxUploadBytes: number
  /** Channels that any model knows. */
  readonly channels: readonly string[]
}

/** What a body of one scan may be called. What it is, its first bytes say. */
export const RAW_TYPES = ['application/octet-stream', 'application/gzip', 'application/x-gzip', 'application/x-nifti']
/** How long the parser may take to see that its request is gone, and to remove what it wrote. */
const BROKEN_OFF_MS = 1_000
/** Boundaries and part headers around the files. */
const MULTIPART_OVERHEAD_BYTES = 64 * 1024

/**
 * @throws FaultError malformed-multipart, malformed-request, no-scan, unknown-channel, duplicate-channel,
 *   upload-too-large, unsupported-media-type, disk-full; cancelled when the client goes away or is cut for its slowness
 */
export async function receiveUpload(req: Request, res: Response, dir: string, limits: UploadLimits): Promise<Received> {
  const receive = isMultipart(req) ? receiveMultipart : isRelated(req) ? receiveStudyParts : receiveRaw
  return received(req, () => receive({ req, res, dir, codings: codingsOf(req, res), ...limits }))
}

/** As receiveUpload() of a multipart form, whose files may have any of the names that the limits call channels. */
export async function receiveFormOf(req: Request, res: Response, dir: string, limits: UploadLimits): Promise<Received> {
  return received(req, () => receiveMultipart({ req, res, dir, codings: codingsOf(req, res), ...limits }))
}

async function received(req: Request, receive: () => Promise<Received>): Promise<Received> {
  try {
    // A request that is gone before anybody listens says nothing any more: its parser would wait for ever.
    if (req.destroyed) throw cut()
    return await receive()
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

function isRelated(req: Request): boolean {
  return Boolean(req.is('multipart/related'))
}

/** What the scans of this request have at least, before any of it has come; 0 where its length is not said. */
export function declaredBytes(req: Request): number {
  const length = Number(req.get('content-length') ?? 0)
  return Math.max(0, isMultipart(req) || isRelated(req) ? length - MULTIPART_OVERHEAD_BYTES : length)
}

function cut(cause?: unknown): FaultError {
  return new FaultError('cancelled', 'the upload was cut: the client went away or took too long', { cause })
}

interface Upload extends UploadLimits {
  readonly req: Request
  readonly res: Response
  readonly dir: string
  readonly codings: readonly Coding[]
}

async function receiveRaw({ req, res, dir, codings, maxUploadBytes, channels }: Upload): Promise<Received> {
  if (req.get('content-length') === '0') throw new FaultError('no-scan', 'the body is empty')
  const isDicom = Boolean(req.is(DICOM_TYPES))
  if (!isDicom && !req.is(RAW_TYPES)) {
    const allowed = ['multipart/form-data', 'multipart/related', ...RAW_TYPES, ...DICOM_TYPES].join(', ')
    throw new FaultError('unsupported-media-type', `the body must be one of ${allowed}`)
  }
  const { channel, ...values } = stringsOf(req.query, ['channel', ...OPTIONS])
  if (channel === undefined && !isDicom) {
    throw new FaultError('malformed-request', `a raw body needs ?channel=, one of ${channels.join(', ')}`)
  }
  if (channel !== undefined) requireKnown(channel, channels)
  const choices = choicesOf(values)
  letBodyCome(req, res, mostSent(maxUploadBytes, codings))
  const path = join(dir, `${channel ?? DICOM_PART}.upload`)
  const body = decodedBody(req, codings, maxUploadBytes)
  const scan = await receiveFile(body, path, maxUploadBytes, () => tooLarge(maxUploadBytes))
  if (scan.bytes === 0) throw new FaultError('no-scan', 'the body is empty')
  return { ...(channel === undefined ? { scans: {}, study: [path] } : { scans: { [channel]: scan } }), ...choices }
}

async function receiveStudyParts({ req, res, dir, codings, maxUploadBytes }: Upload): Promise<Received> {
  const choices = choicesOf(stringsOf(req.query, OPTIONS))
  const maxBytes = maxUploadBytes + MULTIPART_OVERHEAD_BYTES + DICOM_OVERHEAD_BYTES
  letBodyCome(req, res, mostSent(maxBytes, codings))
  const body = decodedBody(req, codings, maxBytes)
  return { scans: {}, study: await receiveRelated(req.get('content-type'), body, dir, maxUploadBytes), ...choices }
}

async function receiveMultipart({ req, res, dir, codings, maxUploadBytes, channels }: Upload): Promise<Received> {
  if ('channel' in req.query) {
    throw new FaultError(
      'malformed-request',
      'channel is only for raw bodies; in multipart, the name of a part says its channel',
    )
  }
  const query = stringsOf(req.query, OPTIONS)
  choicesOf(query)
  const maxBytes = maxUploadBytes * channels.length + MULTIPART_OVERHEAD_BYTES
  letBodyCome(req, res, mostSent(maxBytes, codings))
  // The parser answers a request that breaks off, but not at every moment of it.
  // One that is complete may take its time to be written.
  const brokenOff = new Promise<never>((_resolve, reject) => {
    req.once('close', () => {
      if (!req.complete) setTimeout(() => reject(cut()), BROKEN_OFF_MS).unref()
    })
  })
  const body = decodedBody(req, codings, maxBytes)
  const form = await Promise.race([receiveForm(req, res, body, dir, { maxUploadBytes, channels }), brokenOff])
  const choices = choicesOf(merged(query, stringsOf(form.fields, OPTIONS)))
  const { scans, study } = form
  const isStudy = study.length > 0
  if (isStudy && Object.keys(scans).length > 0) {
    const message =
      'scans by their channels and a study were sent; of a study the rules choose the scans: send one of both'
    throw new FaultError('malformed-request', message)
  }
  if (!isStudy && Object.keys(scans).length === 0) {
    throw new FaultError('no-scan', `no file was sent; the channels are ${channels.join(', ')}`)
  }
  return { scans, ...(isStudy && { study }), ...choices }
}
