/**
 * gzip (RFC 1952) as gzip(1) reads it: one member after another, and what follows the last one is no data. zlib's own
 * gunzip takes what follows for a damaged member, and loses with it what came just before; but it is the faster one, and
 * the leaner one where there are many members, so this one is asked only where that one stumbled.
 */
import { crc32, createInflateRaw } from 'node:zlib'
import { FaultError, sizeInWords } from '../errors.ts'
import { type ByteSource, byteSource } from './byte-source.ts'

/** How much each of the first members holds does not matter; after these a member must hold at least a kilobyte on average. */
const FREE_MEMBERS = 1000
const LEAST_MEMBER_BYTES = 1024
/** Flags of section 2.3.1: a checksum of the header, an extra field, a name, a comment, and those that must not be set. */
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

/** Both bytes of RFC 1952, section 2.3.1. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

export function corrupt(cause?: unknown): FaultError {
  return new FaultError(
    'gzip-corrupt',
    'the gzip stream is damaged or cut off: send the file again (gzip -t on the original tells whether that is whole)',
    { cause },
  )
}

async function exactly(source: ByteSource, length: number): Promise<Buffer> {
  const bytes = await source.take(length)
  if (bytes.length < length) throw corrupt()
  return bytes
}

async function skipText(source: ByteSource): Promise<void> {
  for (;;) {
    const chunk = await source.next()
    if (chunk === null) throw corrupt()
    const end = chunk.indexOf(0)
    if (end < 0) continue
    source.putBack(chunk.subarray(end + 1))
    return
  }
}

async function skipHeader(source: ByteSource): Promise<void> {
  const head = await exactly(source, 10)
  const flags = head[3]!
  if (!isGzip(head) || head[2] !== 8 || (flags & FLAG.reserved) !== 0) throw corrupt()
  if (flags & FLAG.extra) await exactly(source, (await exactly(source, 2)).readUInt16LE())
  if (flags & FLAG.name) await skipText(source)
  if (flags & FLAG.comment) await skipText(source)
  if (flags & FLAG.headerCrc) await exactly(source, 2)
}

/** The chunks of one DEFLATE stream; `source` goes on behind it. */
async function* inflateOne(source: ByteSource, chunkSize: number): AsyncGenerator<Buffer, void> {
  const inflater = createInflateRaw({ chunkSize })
  const isOver = new Promise<void>((resolve) => {
    inflater.once('end', resolve).once('close', resolve).once('error', resolve)
  })
  let given = 0
  let last: Buffer = Buffer.alloc(0)
  // one chunk at a time, so that what the stream has left over is of the last one
  const feed = async () => {
    while (!inflater.destroyed && inflater.bytesWritten === given) {
      const chunk = await source.next()
      if (chunk === null) return void inflater.end()
      last = chunk
      given += chunk.length
      const isTaken = new Promise<void>((resolve) => inflater.write(chunk, () => resolve()))
      await Promise.race([isTaken, isOver])
    }
  }
  const feeding = feed().catch((error: Error) => void inflater.destroy(error))
  try {
    yield* inflater
    await feeding
    const left = given - inflater.bytesWritten
    if (left > 0) source.putBack(last.subarray(-left))
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))) throw cause
    throw corrupt(cause)
  } finally {
    inflater.destroy()
    await feeding
  }
}

/** The content of all members, each held to its checksum. Ends where what follows is no member, whatever that is. */
export async function* gunzipMembers(
  file: AsyncIterator<Buffer, void>,
  chunkSize: number,
): AsyncGenerator<Buffer, void> {
  const source = byteSource(file)
  let inflated = 0
  for (let member = 1; ; member++) {
    await skipHeader(source)
    let crc = 0
    let bytes = 0
    for await (const chunk of inflateOne(source, chunkSize)) {
      crc = crc32(chunk, crc)
      bytes += chunk.length
      yield chunk
    }
    const trailer = await exactly(source, 8)
    if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== bytes % 2 ** 32) throw corrupt()
    inflated += bytes
    if (member > FREE_MEMBERS + inflated / LEAST_MEMBER_BYTES)
      throw new FaultError(
        'gzip-corrupt',
        `the first ${member} gzip members hold only ${sizeInWords(inflated, 'up')}: pack it again`,
      )
    const next = await source.take(2)
    source.putBack(next)
    if (!isGzip(next)) return
  }
}
