/** The bytes of a file, or the first of them, inflated where they are gzipped. */

/** Whether the file begins as gzip does (RFC 1952). */
export async function isGzip(file: Blob): Promise<boolean> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  return first === 0x1f && second === 0x8b
}

/**
 * At most so many bytes from the beginning; fewer where the file ends before.
 * @throws TypeError where the gzip is broken before that
 */
export async function firstBytes(file: Blob, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (!(await isGzip(file))) return new Uint8Array(await file.slice(0, most).arrayBuffer())
  return firstOf(file.stream().pipeThrough(new DecompressionStream('gzip')), most)
}

/** At most so many bytes of a stream, which is then cancelled. */
export async function firstOf(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  while (length < most) {
    const { value, done } = await reader.read()
    if (done) break
    chunks.push(value)
    length += value.length
  }
  await reader.cancel()
  const bytes = new Uint8Array(Math.min(length, most))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, bytes.length - at), at)
    at += chunk.length
    if (at >= bytes.length) break
  }
  return bytes
}
