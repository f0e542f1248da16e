/**
 * Bytes of a known number as the rest of an answer. The last of them end it: a client of HTTP/1.0 (nginx as it comes) closes
 * as soon as it has them all, and would otherwise close an answer that has not been told yet that it is whole.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

/**
 * Returns when the answer is handed over, or when the client has gone away, which is no failure. Rejects with the error of
 * the source, and where it holds other than `sizeBytes`; what the client has is then cut off by whoever handles the error.
 */
export async function sendStream(source: Readable, res: ServerResponse, sizeBytes: number): Promise<void> {
  const gone = new AbortController()
  const onClose = () => {
    if (!res.writableFinished) gone.abort()
    source.destroy()
  }
  res.once('close', onClose)
  if (res.destroyed) onClose()
  try {
    let leftBytes = sizeBytes
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      leftBytes -= chunk.length
      if (leftBytes < 0) break
      if (leftBytes === 0) res.end(chunk)
      else if (!res.write(chunk)) await once(res, 'drain', { signal: gone.signal })
    }
    if (leftBytes !== 0) throw new Error(`a stored file has other than the ${sizeBytes} bytes that were said`)
    if (!res.writableEnded) res.end()
  } catch (error) {
    if (!gone.signal.aborted && !res.writableFinished) throw error
  } finally {
    source.destroy()
  }
}
