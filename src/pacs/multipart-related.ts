/**
 * Reads multipart/related (RFC 2387 over RFC 2046) as it streams in: parts one after the other, each with its headers and
 * its bytes, of which never more than a chunk is in memory. Nothing is trusted: headers, parts and bytes are bounded, and
 * a body that ends before its last boundary is a fault, because half a series looks like a whole one.
 */
import { sizeInWords } from '../errors.ts'

export interface Part {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** To be read before the next part is asked for; what is left of it is passed over. */
  readonly body: AsyncIterable<Buffer>
}

export interface PartLimits {
  readonly parts: number
  /** The limit of one part. */
  readonly partBytes: number
}

/** What the bytes are not. */
export class MultipartError extends Error {
  readonly why: 'malformed' | 'cut-off' | 'too-large'

  constructor(why: 'malformed' | 'cut-off' | 'too-large', message: string) {
    super(message)
    this.name = 'MultipartError'
    this.why = why
  }
}

const MOST_HEADER_BYTES = 16 * 1024
const MOST_BOUNDARY_CHARACTERS = 200
const CRLF = Buffer.from('\r\n')
const END = Buffer.from('--')

/** The boundary that a Content-Type states; undefined where it is another type or has none. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const [type = '', ...parameters] = (contentType ?? '').split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/)
  if (type.trim().toLowerCase() !== 'multipart/related') return undefined
  const [, quoted, plain] =
    parameters
      .map((parameter) => /^\s*boundary\s*=\s*(?:"([^"]*)"|([^\s"]+))\s*$/i.exec(parameter))
      .find((match) => match !== null) ?? []
  const boundary = quoted ?? plain
  return boundary === '' || (boundary?.length ?? 0) > MOST_BOUNDARY_CHARACTERS ? undefined : boundary
}

/** @throws MultipartError, and what `bytes` rejects with */
export async function* partsOf(
  bytes: AsyncIterable<Buffer>,
  boundary: string,
  limits: PartLimits,
): AsyncGenerator<Part, void> {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  const reader = createReader(bytes)
  // What stands before the first boundary is for nobody (RFC 2046, 5.1.1); the boundary may be the first that comes.
  reader.putBack(CRLF)
  await drain(reader.until(delimiter, MOST_HEADER_BYTES))
  for (let parts = 0; ; parts++) {
    if ((await reader.take(END.length)).equals(END)) return
    reader.stepBack(END.length)
    if (parts === limits.parts) throw new MultipartError('too-large', `more than ${limits.parts} parts`)
    await drain(reader.until(CRLF, MOST_HEADER_BYTES))
    const headers = await readHeaders(reader)
    const body = reader.until(delimiter, limits.partBytes)
    // Without return(): whoever leaves its loop early must not end the reading.
    yield { headers, body: { [Symbol.asyncIterator]: () => ({ next: () => body.next() }) } }
    await drain(body)
  }
}

async function readHeaders(reader: Reader): Promise<ReadonlyMap<string, string>> {
  const headers = new Map<string, string>()
  for (let left = MOST_HEADER_BYTES; ; ) {
    const line = await join(reader.until(CRLF, left))
    left -= line.length
    if (line.length === 0) return headers
    const [, name, value] = /^([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line.toString('latin1')) ?? []
    if (name === undefined || value === undefined) throw new MultipartError('malformed', 'a header of a part is none')
    headers.set(name.toLowerCase(), value)
  }
}

type Reader = ReturnType<typeof createReader>

function createReader(bytes: AsyncIterable<Buffer>) {
  const source = bytes[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let at = 0

  async function more(): Promise<void> {
    const { done, value } = await source.next()
    if (done) throw new MultipartError('cut-off', 'the body ends before its last boundary')
    held = at === held.length ? value : Buffer.concat([held.subarray(at), value])
    at = 0
  }

  return {
    putBack(chunk: Buffer): void {
      held = Buffer.concat([chunk, held.subarray(at)])
      at = 0
    },
    /** Right after take() of so many. */
    stepBack(count: number): void {
      at -= count
    },
    async take(count: number): Promise<Buffer> {
      while (held.length - at < count) await more()
      at += count
      return held.subarray(at - count, at)
    },
    /** The bytes before `mark`, which is passed over. */
    async *until(mark: Buffer, mostBytes: number): AsyncGenerator<Buffer, void> {
      let bytes = 0
      for (;;) {
        const found = held.indexOf(mark, at)
        // The mark may begin in these bytes and end in the next.
        const end = found >= 0 ? found : Math.max(at, held.length - mark.length + 1)
        const chunk = held.subarray(at, end)
        bytes += chunk.length
        if (bytes > mostBytes)
          throw new MultipartError('too-large', `more than ${sizeInWords(mostBytes, 'down')} in a part`)
        at = found >= 0 ? found + mark.length : end
        if (chunk.length > 0) yield chunk
        if (found >= 0) return
        await more()
      }
    },
  }
}

async function join(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

async function drain(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of chunks);
}
