/** Chunks that are taken as they come or by the byte; what was taken too much goes back. */
export interface ByteSource {
  /** What is at hand, else the next chunk; null at the end. Never empty. */
  next(): Promise<Buffer | null>
  /** So many bytes, or all that are left. */
  take(length: number): Promise<Buffer>
  /** They come again before all others. */
  putBack(bytes: Buffer): void
}

export function byteSource(chunks: AsyncIterator<Buffer, void>): ByteSource {
  let held: Buffer = Buffer.alloc(0)

  async function next(): Promise<Buffer | null> {
    while (held.length === 0) {
      const { done, value } = await chunks.next()
      if (done) return null
      held = value
    }
    const given = held
    held = Buffer.alloc(0)
    return given
  }

  async function take(length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let missing = length
    while (missing > 0) {
      const chunk = await next()
      if (chunk === null) break
      parts.push(chunk.subarray(0, missing))
      held = chunk.subarray(missing)
      missing -= parts.at(-1)!.length
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  function putBack(bytes: Buffer): void {
    held = held.length === 0 ? bytes : Buffer.concat([bytes, held])
  }

  return { next, take, putBack }
}
