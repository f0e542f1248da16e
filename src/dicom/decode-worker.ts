/** A thread that decodes: what it is sent is a frame, what it answers are the bytes of it, or null where it cannot be decoded. */
import { parentPort } from 'node:worker_threads'
import { decodeFrame, type EncodedFrame, openCodecs } from './decode-frame.ts'

const opened = openCodecs()

parentPort!.on('message', async (frame: EncodedFrame) => {
  await opened
  const decoded = decodeFrame(frame)
  if (decoded === null) parentPort!.postMessage(null)
  // A copy: what the decoder gives may be a window of its own memory.
  else parentPort!.postMessage(new Uint8Array(decoded))
})
