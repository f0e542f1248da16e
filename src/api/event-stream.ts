/**
 * One answer as Server-Sent Events (WHATWG HTML, section 9.2): lines of text, an empty line after each event. While nothing
 * happens a comment goes out, so that no proxy takes the connection for dead and a client that is gone is noticed.
 */
import type { Response } from 'express'

export interface EventStream {
  /** Aborts when the client went away, or did not read for a whole heartbeat. */
  readonly gone: AbortSignal
  /** Whether what was sent last still waits to be read: what is sent now would only pile up. */
  isBehind(): boolean
  send(event: { readonly name: string; readonly id: number; readonly data: object }): void
  /** Ends the answer; the comment is for whoever reads it by eye. Leaves neither timer nor listener. */
  end(comment?: string): void
}

/** @param heartbeatMs between two comments */
export function openEventStream(res: Response, heartbeatMs: number, reconnectMs: number): EventStream {
  const gone = new AbortController()
  const onClose = () => gone.abort()
  res.once('close', onClose)
  // Buffered by a proxy, events would come all at once at the end.
  res.status(200).type('text/event-stream').set({ 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
  res.write(`retry: ${reconnectMs}\n\n`)
  let wasBehind = false
  const heartbeat = setInterval(() => {
    if (wasBehind && res.writableNeedDrain) return void res.destroy()
    wasBehind = res.writableNeedDrain
    if (!wasBehind) res.write(': still here\n\n')
  }, heartbeatMs)
  if (res.destroyed) onClose()
  return {
    gone: gone.signal,
    isBehind: () => res.writableNeedDrain,
    send({ name, id, data }) {
      res.write(`event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    end(comment) {
      clearInterval(heartbeat)
      res.off('close', onClose)
      if (res.destroyed) return
      res.end(comment === undefined ? '' : `: ${comment}\n\n`)
    },
  }
}
