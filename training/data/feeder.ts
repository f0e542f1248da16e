/**
 * Batches made by worker threads while the main thread trains. Workers are asked in turn, so the order of batches
 * depends on the seed and the number of workers only.
 */
import { Worker } from 'node:worker_threads'
import type { HeadClasses } from '../method/losses/targets.ts'
import { CREDITS, type FromWorker, STOP, type StepBatch, type WorkerData } from './protocol.ts'
import { openSources, type StreamOptions, type StreamStats } from './stream.ts'

export interface FeederOptions extends Omit<StreamOptions, 'worker'> {
  readonly workers: number
  /** The heads of the network. */
  readonly heads: readonly HeadClasses[]
}

export interface FeederStats extends StreamStats {
  /** Time that next() spent waiting for a batch. */
  readonly waitedMs: number
  /** Batches that lie ready. */
  readonly ready: number
}

export interface Feeder {
  readonly next: () => Promise<StepBatch>
  readonly stats: () => FeederStats
  /** What could not be used, in sentences: missing scans, sources left out. */
  readonly notes: readonly string[]
  readonly close: () => Promise<void>
}

interface Lane {
  readonly worker: Worker
  readonly control: Int32Array<SharedArrayBuffer>
  readonly ready: StepBatch[]
  waiting: { readonly resolve: (batch: StepBatch) => void; readonly reject: (error: Error) => void } | null
  failure: Error | null
  stats: StreamStats
}

const NOTHING: StreamStats = { patches: 0, heads: 0, headMs: 0, patchMs: 0 }

function openLane(options: StreamOptions, heads: readonly HeadClasses[]): Lane {
  const control = new Int32Array(new SharedArrayBuffer(8))
  control[CREDITS] = options.data.prefetch
  const workerData: WorkerData = { options, heads, control }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
  const lane: Lane = { worker, control, ready: [], waiting: null, failure: null, stats: NOTHING }
  const fail = (error: Error): void => {
    lane.failure = error
    lane.waiting?.reject(error)
    lane.waiting = null
  }
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'failed') return fail(message.error)
    lane.stats = message.stats
    if (lane.waiting) lane.waiting.resolve(message.batch)
    else lane.ready.push(message.batch)
    lane.waiting = null
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(lane.failure ?? new Error('the worker that makes batches has ended')))
  return lane
}

/** Starts the workers; they begin to fill their queues at once. Throws where no source has anything on disk. */
export function openFeeder(options: FeederOptions): Feeder {
  const { workers, heads, ...shared } = options
  const { notes } = openSources(options.data, options.folders)
  const lanes = Array.from({ length: workers }, (_, worker) => openLane({ ...shared, worker }, heads))
  let turn = 0
  let waitedMs = 0

  const next = async (): Promise<StepBatch> => {
    const lane = lanes[turn++ % lanes.length]!
    const started = performance.now()
    const batch =
      lane.ready.shift() ??
      (await new Promise<StepBatch>((resolve, reject) => {
        if (lane.failure) return reject(lane.failure)
        lane.waiting = { resolve, reject }
      }))
    waitedMs += performance.now() - started
    Atomics.add(lane.control, CREDITS, 1)
    Atomics.notify(lane.control, CREDITS)
    return batch
  }

  const stats = (): FeederStats => {
    const sum = (key: keyof StreamStats): number => lanes.reduce((total, lane) => total + lane.stats[key], 0)
    return {
      patches: sum('patches'),
      heads: sum('heads'),
      headMs: sum('headMs'),
      patchMs: sum('patchMs'),
      waitedMs,
      ready: lanes.reduce((total, { ready }) => total + ready.length, 0),
    }
  }

  const close = async (): Promise<void> => {
    for (const { worker, control } of lanes) {
      Atomics.store(control, STOP, 1)
      Atomics.notify(control, CREDITS)
      worker.removeAllListeners()
    }
    await Promise.all(lanes.map(({ worker }) => worker.terminate()))
  }
  return { next, stats, notes, close }
}
