/**
 * A file as a stream of bytes: read once, hashed as it passes, inflated only as far as somebody asks.
 * Nothing is held but the chunk at hand, so a gzip bomb costs what is read of it.
 */
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FaultError } from '../errors.ts'
import { release } from '../volume/release.ts'

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

/** Both bytes of RFC 1952, section 2.3.1. */
function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** Gives `first`, then the rest of `chunks`; ending early leaves `chunks` open, so that its reader can go on. */
async function* borrow(first: Buffer, chunks: AsyncIterator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield first
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

async function* gunzip(compressed: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const source = Readable.from(compressed, { objectMode: false, highWaterMark: CHUNK_BYTES })
  const inflated = createGunzip({ chunkSize: CHUNK_BYTES })
  source.on('error', (error) => inflated.destroy(error))
  source.pipe(inflated)
  try {
    yield* inflated
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))) throw cause
    throw new FaultError('gzip-corrupt', 'the gzip stream is damaged or cut off', { cause })
  } finally {
    source.destroy()
    inflated.destroy()
  }
}

/**
 * What the file holds: inflated where it is gzip (by its bytes, whatever its name), as it is where not.
 * A chunk is the caller's until it asks for the next: what it keeps of one it copies.
 */
export async function* contentChunks(file: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  let first: Buffer = Buffer.alloc(0)
  while (first.length < 2) {
    const next = await file.next()
    if (next.done) break
    first = Buffer.concat([first, next.value])
  }
  const all = borrow(first, file)
  for await (const chunk of isGzip(first) ? gunzip(all) : all) {
    yield chunk
    if (isWholeBuffer(chunk)) release(chunk)
  }
}
