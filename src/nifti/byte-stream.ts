/**
 * A file as a stream of bytes: read once, hashed as it passes, inflated only as far as somebody asks.
 * Nothing is held but the chunk at hand, so a gzip bomb costs what is read of it.
 */
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { FaultError } from '../errors.ts'
import { release } from '../volume/release.ts'
import { corrupt, gunzipMembers, isGzip } from './gzip-members.ts'

const CHUNK_BYTES = 256 * 1024

/** The file's bytes as they lie on disk, each chunk hashed before it is given. */
export async function* fileChunks(path: string, hash: Hash, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    if (signal?.aborted) throw new FaultError('cancelled', 'cancelled while the file was read')
    hash.update(chunk)
    yield chunk
  }
}

/** Nobody else can be at this buffer: zlib goes on in one that it has not filled, and small ones come out of a shared pool. */
function isWholeBuffer({ buffer, byteLength }: Buffer): boolean {
  return byteLength === CHUNK_BYTES && buffer.byteLength === CHUNK_BYTES
}

/** Gives `first`, then the rest of `chunks`; ending early leaves `chunks` open, so that its reader can go on. */
async function* borrow(first: Buffer, chunks: AsyncIterator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield first
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

export type Packing = 'gzip' | 'zlib'

/** A gzip or zlib stream as zlib reads it: several gzip members as one, zeros after the last one left out. */
async function* unpack(packed: AsyncIterable<Buffer>, packing: Packing): AsyncGenerator<Buffer, void> {
  const source = Readable.from(packed, { objectMode: false, highWaterMark: CHUNK_BYTES })
  const inflated = (packing === 'gzip' ? createGunzip : createInflate)({ chunkSize: CHUNK_BYTES })
  source.on('error', (error) => inflated.destroy(error))
  source.pipe(inflated)
  try {
    yield* inflated
  } finally {
    source.destroy()
    inflated.destroy()
  }
}

/** zlib's only word for what follows a gzip member and is none: in the first one two bytes were looked at before. */
const NO_MEMBER = 'incorrect header check'

/** @param again the same bytes from the start */
async function* gunzip(
  packed: AsyncIterable<Buffer>,
  again: () => AsyncGenerator<Buffer, void>,
  onIgnored: () => void,
): AsyncGenerator<Buffer, void> {
  let given = 0
  try {
    for await (const chunk of unpack(withZero(packed), 'gzip')) {
      given += chunk.length
      yield chunk
    }
    return
  } catch (cause) {
    if (!isOfZlib(cause)) throw cause
    if (cause.message !== NO_MEMBER) throw corrupt(cause)
  }
  onIgnored()
  for await (const chunk of gunzipMembers(again(), CHUNK_BYTES)) {
    const known = Math.min(given, chunk.length)
    given -= known
    if (known < chunk.length) yield chunk.subarray(known)
  }
}

/** A zero behind the last member is padding; behind a single byte that is no member it shows that byte to be none. */
async function* withZero(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  yield* packed
  yield Buffer.alloc(1)
}

function isOfZlib(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

/** Voxels that a format packs by themselves, behind a header that is not packed. */
export async function* unpackedChunks(packed: AsyncIterable<Buffer>, packing: Packing): AsyncGenerator<Buffer, void> {
  try {
    yield* unpack(copied(packed), packing)
  } catch (cause) {
    throw isOfZlib(cause) ? corrupt(cause) : cause
  }
}

/** A chunk of another's may be released while zlib still has it. */
async function* copied(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) yield Buffer.from(chunk)
}

/**
 * What the file holds: inflated where it is gzip (by its bytes, whatever its name), as it is where not.
 * A chunk is the caller's until it asks for the next: what it keeps of one it copies.
 * @param again the same file from its start: where bytes follow the gzip that are none of it, it is read without them
 * @param onIgnored is told of such bytes
 */
export async function* contentChunks(
  file: AsyncGenerator<Buffer, void>,
  again: () => AsyncGenerator<Buffer, void>,
  onIgnored: () => void = () => {},
): AsyncGenerator<Buffer, void> {
  let first: Buffer = Buffer.alloc(0)
  while (first.length < 2) {
    const next = await file.next()
    if (next.done) break
    first = Buffer.concat([first, next.value])
  }
  const all = borrow(first, file)
  for await (const chunk of isGzip(first) ? gunzip(all, again, onIgnored) : all) {
    yield chunk
    if (isWholeBuffer(chunk)) release(chunk)
  }
}
