/**
 * Makes batches on a thread of its own as long as it has credits. Credits lie in shared memory: the main thread is
 * blocked inside onnxruntime for most of the time, and what was made meanwhile waits in its message port.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { lossTargets } from '../method/losses/targets.ts'
import { CREDITS, type FromWorker, STOP, type WorkerData } from './protocol.ts'
import { openStream } from './stream.ts'

const { options, heads, control } = workerData as WorkerData
const send = (message: FromWorker, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(message, transfer)

try {
  const stream = openStream(options)
  while (Atomics.load(control, STOP) === 0) {
    if (Atomics.load(control, CREDITS) <= 0) {
      Atomics.wait(control, CREDITS, 0, 1000)
      continue
    }
    const { image, target, samples, source } = await stream.next()
    const targets = lossTargets(target, samples, heads)
    Atomics.sub(control, CREDITS, 1)
    send({ kind: 'batch', batch: { image, targets, source }, stats: stream.stats() }, [
      image.buffer,
      targets.sets.buffer,
      targets.statedGroup.buffer,
    ])
  }
} catch (error) {
  send({ kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) })
}
