/**
 * Bodies that a client compressed for the way (RFC 9110, section 8.4). A .nii.gz sent as what it is has no such encoding:
 * its gzip is the file's own, whatever its Content-Type says.
 */
import { pipeline, type Transform } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import type { Request, Response } from 'express'
import { FaultError } from '../errors.ts'
import { keepOpen, tooLarge } from './body.ts'

/** RFC 9659: what is sent by HTTP needs no larger window than 8 MiB. */
const ZSTD = { params: { [constants.ZSTD_d_windowLogMax]: 23 } }
/** Bytes behind the end would be left out without a word. */
const WHOLE = { rejectGarbageAfterEnd: true }

const DECODERS = {
  gzip: () => createGunzip(),
  deflate: () => createInflate(WHOLE),
  br: () => createBrotliDecompress(WHOLE),
  zstd: () => createZstdDecompress(ZSTD),
} as const

export type Coding = keyof typeof DECODERS

/** Codings of IANA's registry that are not decoded: a refusal may name them; other words of a client are not repeated. */
const REGISTERED = ['aes128gcm', 'compress', 'dcb', 'dcz', 'exi', 'pack200-gzip', 'x-compress']
/** Nobody needs more than one; each costs a pass over everything. */
const MAX_CODINGS = 3

/**
 * In the order in which they were applied; an answer that refuses them says which are known.
 * @throws FaultError unsupported-media-type
 */
export function codingsOf(req: Request, res: Response): readonly Coding[] {
  const named = (req.get('content-encoding') ?? '').toLowerCase().split(',')
  const codings = named.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity')
  const known = Object.keys(DECODERS).join(', ')
  const refuse = (what: string) => {
    res.set('Accept-Encoding', known)
    return new FaultError('unsupported-media-type', `${what}; the body may be sent as it is, or as ${known}`)
  }
  if (codings.length > MAX_CODINGS) throw refuse(`${codings.length} content encodings, more than ${MAX_CODINGS}`)
  return codings.map((name) => {
    const coding = name === 'x-gzip' ? 'gzip' : name
    if (Object.hasOwn(DECODERS, coding)) return coding as Coding
    throw refuse(`the content encoding ${REGISTERED.includes(name) ? name : 'of the body'} is not decoded here`)
  })
}

/** What is sent may be that much longer than what it says: data that do not compress. */
export function mostSent(maxBytes: number, codings: readonly Coding[]): number {
  return codings.length === 0 ? maxBytes : Math.ceil(maxBytes * 1.01) + 1024
}

/**
 * The body as it was before it was encoded. What goes into each step is bounded as what comes out at the end: neither a
 * bomb nor a stream that says nothing costs more than a plain body could. Reading it throws FaultErrors upload-too-large,
 * malformed-request, or what the request says.
 */
export function decodedBody(req: Request, codings: readonly Coding[], maxBytes: number): AsyncIterable<Buffer> {
  const most = mostSent(maxBytes, codings)
  return codings.reduceRight(
    (source, coding) => atMost(decoded(source, coding), most, maxBytes),
    atMost(keepOpen(req), most, maxBytes),
  )
}

async function* decoded(source: AsyncIterable<Buffer>, coding: Coding): AsyncGenerator<Buffer> {
  const decoder: Transform = DECODERS[coding]()
  // What goes wrong on either side is thrown where the decoder is read.
  pipeline(source, decoder, () => {})
  try {
    yield* decoder
  } catch (error) {
    if (error instanceof FaultError) throw error
    const message = `the body is not whole, or not the ${coding} that its Content-Encoding says`
    const mend = 'where only the scan in it is compressed, leave that header out'
    throw new FaultError('malformed-request', `${message}; ${mend}`, { cause: error })
  }
}

async function* atMost(source: AsyncIterable<Buffer>, bytes: number, allowed: number): AsyncGenerator<Buffer> {
  let left = bytes
  for await (const chunk of source) {
    left -= chunk.length
    if (left < 0) throw tooLarge(allowed)
    yield chunk
  }
}
