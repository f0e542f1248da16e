/**
 * The queue of one machine: first in, first out, one job at a time (one network run uses every core, or the one
 * GPU), bounded. Jobs live in this process's memory: a restart forgets them, and findLeftovers() finds their
 * files. A durable engine is another implementation of JobQueue.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { SegmentTask } from '../compute/protocol.ts'
import { type Fault, FaultError } from '../errors.ts'
import type { OnProgress } from '../inference/progress.ts'
import { after, isFinal, type Job, type JobEvent, newJob } from './job.ts'
import { keepOnly, makeJobDir, removeDir } from './job-files.ts'
import type { JobQueue, Place, Run } from './queue.ts'

export interface MemoryQueueOptions {
  readonly jobsDir: string
  /** Jobs uploading or waiting. */
  readonly length: number
  readonly keepResultsMs: number
  readonly run: Run
  /** Told of every job that ends; `error` is what was thrown, if anything. */
  readonly onSettled: (job: Job, error: unknown) => void
  readonly nowMs: () => number
}

interface Entry {
  job: Job
  readonly task: SegmentTask
  readonly dir: string
  readonly stop: AbortController
  readonly ended: PromiseWithResolvers<void>
}

const LABELS = 'labels.nii.gz'
const DRAINING: Fault = { kind: 'draining', message: 'the service is stopping; send the scan again later' }

/** A job's end must not depend on its folder's: the sweep tries again. */
function tryRemove(dir: string): Promise<void> {
  return removeDir(dir).catch(() => {})
}

/** An empty queue that keeps its files in `jobsDir`; it starts a job as soon as none is running. */
export function createMemoryQueue(options: MemoryQueueOptions): JobQueue {
  const { jobsDir, length, keepResultsMs, run, onSettled, nowMs } = options
  const entries = new Map<string, Entry>()
  const reserved = new Set<string>()
  const waiting: Entry[] = []
  let running: Entry | undefined
  let draining = false

  function apply(entry: Entry, event: JobEvent, error?: unknown): void {
    entry.job = after(entry.job, event, nowMs())
    if (!isFinal(entry.job)) return
    onSettled(entry.job, error)
    entry.ended.resolve()
  }

  /** How a job ends that threw: by its own fault, by whoever stopped it, or by a bug. */
  function endOf(entry: Entry, error: unknown): JobEvent {
    if (entry.stop.signal.aborted) {
      return entry.stop.signal.reason === DRAINING ? { type: 'fail', fault: DRAINING } : { type: 'cancel' }
    }
    return { type: 'fail', fault: error instanceof FaultError ? error.fault : null }
  }

  async function runNext(): Promise<void> {
    const entry = running === undefined ? waiting.shift() : undefined
    if (entry === undefined) return
    running = entry
    apply(entry, { type: 'start' })
    const onProgress: OnProgress = ({ stage, done, total }) => {
      if (entry.job.state === 'running') apply(entry, { type: 'progress', progress: { stage, done, total } })
    }
    try {
      const report = await run(entry.task, { signal: entry.stop.signal, onProgress })
      // A job that was cancelled in its last moment stays cancelled: nobody waits for its map.
      entry.stop.signal.throwIfAborted()
      await keepOnly(entry.dir, LABELS)
      apply(entry, { type: 'succeed', report })
    } catch (error) {
      await tryRemove(entry.dir)
      apply(entry, endOf(entry, error), error)
    } finally {
      running = undefined
    }
    void runNext()
  }

  async function endWaiting(entry: Entry, event: JobEvent): Promise<void> {
    waiting.splice(waiting.indexOf(entry), 1)
    apply(entry, event)
    await tryRemove(entry.dir)
  }

  async function remove(id: string): Promise<void> {
    const entry = entries.get(id)
    if (entry === undefined || !isFinal(entry.job)) return
    entries.delete(id)
    await removeDir(entry.dir)
  }

  return {
    async reserve() {
      if (draining) throw new FaultError(DRAINING.kind, DRAINING.message)
      const taken = reserved.size + waiting.length
      if (taken >= length)
        throw new FaultError('queue-full', `${taken} jobs are waiting, at most ${length} may; try later`)
      const id = randomUUID()
      reserved.add(id)
      const dir = await makeJobDir(jobsDir, id).catch((error: unknown) => {
        reserved.delete(id)
        throw error
      })
      return { id, dir }
    },
    async release(place: Place) {
      if (reserved.delete(place.id)) await removeDir(place.dir)
    },
    submit(place, task) {
      if (draining) throw new FaultError(DRAINING.kind, DRAINING.message)
      if (!reserved.delete(place.id)) throw new Error('submitted without a place')
      const entry: Entry = {
        job: newJob(place.id, nowMs()),
        task: { ...task, outPath: join(place.dir, LABELS) },
        dir: place.dir,
        stop: new AbortController(),
        ended: Promise.withResolvers(),
      }
      entries.set(place.id, entry)
      waiting.push(entry)
      void runNext()
      return entry.job
    },
    get: (id) => entries.get(id)?.job,
    async settled(id, signal) {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      const { promise: enough, resolve } = Promise.withResolvers<void>()
      const onAbort = () => resolve()
      signal.addEventListener('abort', onAbort)
      if (!signal.aborted) await Promise.race([entry.ended.promise, enough])
      signal.removeEventListener('abort', onAbort)
      return entry.job
    },
    async cancel(id) {
      const entry = entries.get(id)
      if (entry?.job.state === 'queued') await endWaiting(entry, { type: 'cancel' })
      if (entry?.job.state === 'running') entry.stop.abort()
      return entry?.job
    },
    remove,
    labelsPath: (id) => join(jobsDir, id, LABELS),
    counts: () => ({ queued: waiting.length, running: running === undefined ? 0 : 1 }),
    async sweep() {
      const old = (job: Job) => 'finishedAtMs' in job && job.finishedAtMs + keepResultsMs <= nowMs()
      await Promise.all([...entries].filter(([, { job }]) => old(job)).map(([id]) => remove(id)))
    },
    async drain(graceMs) {
      draining = true
      await Promise.all([...waiting].map((entry) => endWaiting(entry, { type: 'fail', fault: DRAINING })))
      if (running === undefined) return
      const entry = running
      const timer = setTimeout(() => entry.stop.abort(DRAINING), graceMs)
      await entry.ended.promise
      clearTimeout(timer)
    },
  }
}
