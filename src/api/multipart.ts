/** A multipart body to files in a job's folder, one a channel, and fields (multer). Every limit is explicit. */
import { isUtf8 } from 'node:buffer'
import { EventEmitter } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MIMEType } from 'node:util'
import type { Request, Response } from 'express'
import multer from 'multer'
import { FaultError } from '../errors.ts'
import type { ReceivedScan } from '../service/identify.ts'
import { receiveFile } from '../service/received-file.ts'
import { tooLarge } from './body.ts'
import { DICOM_PART, MAX_INSTANCES, tooManyInstances } from './dicom-upload.ts'
import { NOT_CHOSEN, nameFiles, UNNAMED } from './nameless-parts.ts'
import { OPTIONS, requireKnown } from './upload-fields.ts'

/** The longest is a callback. */
const MAX_FIELD_BYTES = 4096
/** No scan is shorter, but for a gzip, which is not UTF-8. */
const NIFTI_HEADER_BYTES = 348

export interface Form {
  readonly scans: Readonly<Record<string, ReceivedScan>>
  /** Paths of the parts that are DICOM, whatever series they are of. */
  readonly study: readonly string[]
  readonly fields: Readonly<Record<string, unknown>>
}

interface PartFile extends ReceivedScan {
  readonly fieldname: string
  readonly originalname: string
  readonly mimetype: string
}

/**
 * @param body of the request, decoded
 * @param maxUploadBytes of one file, and of all of a study together
 * @throws FaultError malformed-multipart, malformed-request, unknown-channel, duplicate-channel, upload-too-large, or what
 *   the body or the disk says
 */
export async function receiveForm(
  req: Request,
  res: Response,
  body: AsyncIterable<Buffer>,
  dir: string,
  { maxUploadBytes, channels }: { readonly maxUploadBytes: number; readonly channels: readonly string[] },
): Promise<Form> {
  const writing: Promise<unknown>[] = []
  const parts = { sent: 0, seen: 0 }
  const ofStudy = { files: 0, bytes: 0 }
  const enough = new AbortController()
  const form = standIn(req, (parser) => {
    parser.on('file', (_name, _file, { filename }) => {
      if (filename) parts.seen++
    })
    parser.on('field', () => {
      parts.seen++
    })
    const named = nameFiles(body, boundaryOf(req), [...channels, DICOM_PART], () => {
      parts.sent++
    })
    pipeline(named, parser, { signal: enough.signal }).catch((error) => form.emit('error', error))
  })
  const parse = multer({
    /** In place of multer's own storage: each file under its channel's name, hashed on the way. An error removes the whole folder. */
    storage: {
      _handleFile(_req, file, done) {
        const isDicom = file.fieldname === DICOM_PART
        const path = join(dir, `${file.fieldname}${isDicom ? `-${++ofStudy.files}` : ''}.upload`)
        const mostBytes = maxUploadBytes - (isDicom ? ofStudy.bytes : 0)
        // multer itself cuts what is too large, one byte later than it is seen here.
        const written = receiveFile(file.stream, path, mostBytes, () => tooLarge(maxUploadBytes)).then((scan) => {
          if (isDicom) ofStudy.bytes += scan.bytes
          return scan
        })
        written.then((scan) => done(null, scan as Partial<Express.Multer.File>), done)
        writing.push(written)
      },
      _removeFile: (_req, _file, done) => done(null),
    },
    // One more than useful, so that a second file for a channel is told as such.
    limits: {
      fileSize: maxUploadBytes,
      files: channels.length + 1 + MAX_INSTANCES,
      fields: OPTIONS.length + 2,
      parts: channels.length + OPTIONS.length + 3 + MAX_INSTANCES,
      fieldNameSize: 64,
      fieldSize: MAX_FIELD_BYTES,
      headerPairs: 16,
    },
    fileFilter: filterOf(channels),
  }).any()
  try {
    await new Promise<void>((resolve, reject) => {
      parse(form, res, (error: unknown) => (error ? reject(error) : resolve()))
    })
  } catch (error) {
    enough.abort()
    await Promise.allSettled(writing)
    throw asMultipartFault(error, maxUploadBytes, channels)
  }
  if (parts.seen !== parts.sent) {
    const message = `${parts.sent} parts, ${parts.seen} of them with a Content-Disposition that can be read; quote the names`
    throw new FaultError('malformed-multipart', message)
  }
  const sent = await filesOf((form.files ?? []) as unknown as readonly PartFile[])
  const [instances, files] = [sent.filter(isInstance), sent.filter((file) => !isInstance(file))]
  // The end of a part may have been written after the next one began.
  if (ofStudy.bytes > maxUploadBytes) throw tooLarge(maxUploadBytes)
  const scans = files.map(({ fieldname, path, bytes, sha256 }) => [fieldname, { path, bytes, sha256 }] as const)
  const study = instances.map(({ path }) => path)
  return { scans: Object.fromEntries(scans), study, fields: form.body ?? {} }
}

/**
 * What multer takes for the request. Of a body that it refuses multer would await the end before it says so, and a client
 * that waits for the answer sends none; here it has nothing to await, and the request is left to linger.ts.
 */
function standIn({ headers }: Request, pipe: (parser: Writable) => void): Request {
  return Object.assign(new EventEmitter(), { headers, pipe, unpipe() {}, resume() {} }) as unknown as Request
}

function isInstance({ fieldname }: PartFile): boolean {
  return fieldname === DICOM_PART
}

/** One file a channel, as it is, and as many of a study as may be. */
function filterOf(channels: readonly string[]): NonNullable<multer.Options['fileFilter']> {
  const seen = new Set<string>()
  let instances = 0
  return (_req, { fieldname, encoding }, done) => {
    try {
      requireKnown(fieldname, [...channels, DICOM_PART])
      if (fieldname === DICOM_PART && ++instances > MAX_INSTANCES) throw tooManyInstances()
      if (fieldname !== DICOM_PART && seen.has(fieldname)) {
        throw new FaultError('duplicate-channel', `channel ${fieldname} was sent twice; one file a channel`)
      }
      requirePlain(encoding)
      seen.add(fieldname)
      done(null, true)
    } catch (error) {
      done(error as FaultError)
    }
  }
}

/** Judged by busboy before: it has one. */
function boundaryOf(req: Request): string {
  return new MIMEType(req.get('content-type') ?? '').params.get('boundary') ?? ''
}

/** RFC 7578, section 4.7: nobody should send other encodings; as a scan, base64 would be nonsense. */
function requirePlain(encoding: string): void {
  if (['7bit', '8bit', 'binary'].includes(encoding)) return
  throw new FaultError(
    'malformed-multipart',
    'a part has another Content-Transfer-Encoding than those allowed: 7bit, 8bit and binary',
  )
}

/** Without those of which a form says that none was chosen. @throws FaultError malformed-request for a text */
async function filesOf(sent: readonly PartFile[]): Promise<readonly PartFile[]> {
  const files: PartFile[] = []
  for (const file of sent) {
    const { fieldname, originalname, mimetype, bytes, path } = file
    const isText = originalname === UNNAMED && mimetype === 'text/plain' && bytes < NIFTI_HEADER_BYTES
    if (isText && isUtf8(await readFile(path))) {
      throw new FaultError('malformed-request', `${fieldname} must be sent as a file (curl -F ${fieldname}=@…)`)
    }
    if (originalname === NOT_CHOSEN && bytes === 0) await rm(path)
    else files.push(file)
  }
  return files
}

/** multer's and busboy's errors; those of the file system carry an E-code and pass through. */
function asMultipartFault(error: unknown, maxUploadBytes: number, channels: readonly string[]): unknown {
  if (error instanceof FaultError || !(error instanceof Error)) return error
  if (error instanceof multer.MulterError) {
    if (error.code === 'LIMIT_FILE_SIZE') return tooLarge(maxUploadBytes)
    const allowed = `allowed are one file for each of ${channels.join(', ')}, or files of a study as ${DICOM_PART}, and the fields ${OPTIONS.join(', ')}`
    return new FaultError('malformed-multipart', `${error.message.toLowerCase()}; ${allowed}`, { cause: error })
  }
  if ('code' in error) return error
  return new FaultError('malformed-multipart', 'the parts cannot be told apart: a boundary or an end is missing', {
    cause: error,
  })
}
