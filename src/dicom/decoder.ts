/**
 * Decodes compressed frames in a thread of its own, one for each series: a damaged image can make the decoders run for ever, or
 * write where they should not within their own memory. The first is ended, and the second never meets another patient's scan.
 */
import { Worker } from 'node:worker_threads'
import { FaultError, sizeInWords } from '../errors.ts'
import type { EncodedFrame } from './decode-frame.ts'
import { isWhole, statedSize } from './encapsulated.ts'

export interface Decoder {
  /** Faults: dicom-pixels. */
  decode(frame: EncodedFrame): Promise<Uint8Array>
  close(): Promise<void>
}

/** A frame of 1024 × 1024 takes about a tenth of a second; the first one waits for the thread to start as well. */
const FRAME_MS = 20_000

/** The thread starts with the first frame. */
export function openDecoder(frameMs = FRAME_MS): Decoder {
  let worker: Worker | undefined
  return {
    async decode(frame) {
      checkSize(frame)
      if (!isWhole(frame.bytes)) throw damaged(frame, 'has no end')
      worker ??= new Worker(new URL('./decode-worker.ts', import.meta.url))
      const { rows, columns, bitsAllocated } = frame.format
      const promised = rows * columns * (bitsAllocated / 8)
      // A copy: of a window, as a Buffer's own slice() is, the whole file behind it would be sent along.
      const decoded = await ask(worker, { ...frame, bytes: new Uint8Array(frame.bytes) }, frameMs)
      if (decoded?.length === promised) return decoded
      throw damaged(
        frame,
        decoded === null ? 'cannot be decoded' : `gives ${decoded.length} bytes where ${promised} are promised`,
      )
    },
    async close() {
      await worker?.terminate()
    },
  }
}

async function ask(worker: Worker, frame: EncodedFrame, frameMs: number): Promise<Uint8Array | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | null>()
  const timer = setTimeout(() => reject(damaged(frame, `was not decoded within ${frameMs / 1000} s`)), frameMs)
  const lost = () => reject(damaged(frame, 'ended the decoder'))
  worker.once('message', resolve).once('error', lost)
  try {
    worker.postMessage(frame)
    return await promise
  } finally {
    clearTimeout(timer)
    worker.off('message', resolve).off('error', lost)
  }
}

/** Before anything is allocated for it: the image's own header against that of the file. */
function checkSize({ bytes, packing, format: { rows, columns } }: EncodedFrame): void {
  const stated = statedSize(bytes, packing)
  if (stated !== null && stated[0] === columns && stated[1] === rows) return
  throw new FaultError(
    'dicom-pixels',
    `a compressed image says ${stated === null ? 'no size' : stated.join(' × ')}, its header ${columns} × ${rows}; both must be the same`,
  )
}

function damaged({ bytes }: EncodedFrame, what: string): FaultError {
  return new FaultError(
    'dicom-pixels',
    `a compressed image of ${sizeInWords(bytes.length, 'down')} ${what}: it is damaged, send it again`,
  )
}
