/** A file as it arrives: written and hashed in one pass. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReceivedScan } from './identify.ts'

/**
 * Rejects with what the source, the disk or the limit says; what was written stays for the caller to remove.
 * @param onTooLarge what is wrong with a file of more than `maxBytes`
 */
export async function receiveFile(
  source: AsyncIterable<Buffer>,
  path: string,
  maxBytes: number,
  onTooLarge: () => Error,
): Promise<ReceivedScan> {
  const hash = createHash('sha256')
  let bytes = 0
  const look = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      hash.update(chunk)
      if (bytes > maxBytes) done(onTooLarge())
      else done(null, chunk)
    },
  })
  await pipeline(source, look, createWriteStream(path))
  return { path, bytes, sha256: hash.digest('hex') }
}
