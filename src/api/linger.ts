/**
 * The end of a connection whose client is still sending when it is answered. Closed at once, what is on its way would be
 * answered by a reset, and many clients (Python's, for one) then never read the answer; left open, one that waits before it
 * sends more would wait until the connection has been idle for long. So the answer is followed by our end (FIN), and what
 * still comes is thrown away, up to a bound (RFC 9112, section 9.6).
 */
import type { Request, Response } from 'express'

/** More than that of what nobody wants, and the client is cut off, whether it has read its answer or not. */
const MOST_BYTES = 2 ** 28
/** As long as a network may be silent in the middle of a transfer; the time limit of the whole request holds as well. */
const QUIET_MS = 5_000

/** For before an answer is sent: does nothing where the request has come whole. */
export function lingerUnlessWhole(req: Request, res: Response): void {
  if (req.complete || req.destroyed) return
  const { socket } = req
  res.set('Connection', 'close')
  const closeSoon = socket.destroySoon.bind(socket)
  // What Node calls when the last answer of a connection has been handed over.
  socket.destroySoon = () => {
    let bytes = 0
    const cut = () => void socket.destroy()
    const quiet = setTimeout(cut, QUIET_MS)
    socket.once('close', () => clearTimeout(quiet))
    req.on('data', (chunk: Buffer) => {
      quiet.refresh()
      bytes += chunk.length
      if (bytes > MOST_BYTES) cut()
    })
    req.once('end', closeSoon)
    req.once('error', cut)
    socket.end()
  }
}
