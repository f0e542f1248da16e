/**
 * What is so at the moment of the scrape, asked from those who know it. What cannot be told has no sample: a queue that
 * does not answer, a disk that cannot be asked, the memory of a child that is not there.
 */
import { statfs } from 'node:fs/promises'
import { Gauge, type Registry } from 'prom-client'

/** The queue as all machines see it; `oldestQueuedS` is absent or 0 when nothing waits. */
export interface QueueNumbers {
  readonly queued: number
  readonly running: number
  readonly oldestQueuedS?: number
}

export interface ServedModel {
  readonly id: string
  readonly version: string
  readonly sha256: string
  readonly device: string
}

export interface ChildMemory {
  readonly rssBytes?: number
  readonly gpuBytes?: number
}

/** Parts without which no work is done: each is ok or not, and `onelabel_ready` is not their sum but the service's own word. */
export const CHECKS = ['queue', 'compute', 'audit', 'blobs', 'accepting'] as const
export type Check = (typeof CHECKS)[number]

export interface StudyNumbers {
  readonly state: string
  readonly count: number
  /** The time that the one waited for longest has taken. */
  readonly oldestMs: number
}

export interface OutboxNumbers {
  /** A name of the configuration. */
  readonly target: string
  readonly state: string
  readonly count: number
  readonly oldestMs: number
}

/** What the gauges are read from. Optional ones give no sample where they are absent. */
export interface Observed {
  jobs(): QueueNumbers | Promise<QueueNumbers>
  /** Served by this process; empty until it is ready, and where it computes nothing. */
  models(): readonly ServedModel[]
  /** As /readyz answers; where absent, ready is who serves a model. */
  ready?(): boolean
  /** Being computed by this process; the queue's number where absent, right as long as one process serves the queue. */
  runningHere?(): number
  /** `queue` need not be told: it is ok when jobs() answers. What rejects or hangs is not. */
  checks?(): Partial<Record<Check, boolean | Promise<boolean>>>
  /** What must follow the ends of jobs and has not: by kind and state. */
  effects?(): Promise<readonly { readonly kind: string; readonly state: string; readonly count: number }[]>
  child?(): ChildMemory | Promise<ChildMemory>
  /** Studies of a PACS that are neither done nor ignored. */
  studies?(): Promise<readonly StudyNumbers[]>
  /** What goes to each destination of a PACS and is not there yet, or was given up. */
  outbox?(): Promise<readonly OutboxNumbers[]>
  /** The folder of uploads and results, for the room on its disk. */
  readonly dataDir?: string
}

/** A scrape waits 10 s as Prometheus is set up by default; the other gauges must not be lost with one that hangs. */
const ANSWERS_WITHIN_MS = 2_000

/** Registers the gauges. @returns sets all of them to what is so now; never rejects */
export function createGauges(register: Registry, observed: Observed): () => Promise<void> {
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `onelabel_${name}`, help, labelNames, registers: [register] })

  const depth = gauge('queue_depth', 'Jobs of the whole queue; the same on every machine: take max, not sum.', [
    'state',
  ])
  const oldest = gauge('queue_oldest_seconds', 'How long the oldest waiting job waits; of the whole queue.')
  const running = gauge('jobs_running', 'Jobs being computed by this process.')
  const ready = gauge('ready', '1 when work can be done now, as /readyz says.')
  const checks = gauge('check_ok', 'Parts without which no work is done: 1 when it answers.', ['check'])
  const effects = gauge('effects', 'What must follow the ends of jobs: open, or given up (dead); of the whole store.', [
    'kind',
    'state',
  ])
  const models = gauge('model_info', 'Models served, on the device really used; always 1.', [
    'id',
    'version',
    'sha256',
    'device',
  ])
  const rss = gauge('child_resident_memory_bytes', 'Memory of the compute process that is in RAM.')
  const gpu = gauge('gpu_memory_used_bytes', 'GPU memory in use, where it can be asked.')
  const studies = gauge('pacs_studies', 'Studies of a PACS that are not done; of the whole store.', ['state'])
  const oldestStudy = gauge('pacs_oldest_seconds', 'Since when the oldest of these studies is waited for.', ['state'])
  const outbox = gauge('pacs_outbox', 'Objects that are not delivered yet, or given up (dead); of the whole store.', [
    'destination',
    'state',
  ])
  const oldestObject = gauge(
    'pacs_outbox_oldest_seconds',
    'How long the oldest of those that are not given up waits.',
    ['destination'],
  )
  const diskFree = gauge('disk_free_bytes', 'Room for uploads and results that is left to this user.')
  const diskSize = gauge('disk_size_bytes', 'Size of the disk of uploads and results.')

  /** @returns whether the queue answered */
  async function readQueue(): Promise<boolean> {
    const numbers = await settledWithin(ANSWERS_WITHIN_MS, () => observed.jobs())
    setOrForget(running, observed.runningHere?.() ?? numbers?.running)
    setOrForget(oldest, numbers && (numbers.oldestQueuedS ?? 0))
    depth.reset()
    if (numbers === undefined) return false
    for (const state of ['queued', 'running'] as const) depth.set({ state }, numbers[state])
    return true
  }

  async function readEffects(): Promise<void> {
    const counts = await settledWithin(ANSWERS_WITHIN_MS, async () => observed.effects?.())
    effects.reset()
    for (const { kind, state, count } of counts ?? []) effects.set({ kind, state }, count)
  }

  async function readStudies(): Promise<void> {
    const counts = await settledWithin(ANSWERS_WITHIN_MS, async () => observed.studies?.())
    const open = await settledWithin(ANSWERS_WITHIN_MS, async () => observed.outbox?.())
    for (const one of [studies, oldestStudy, outbox, oldestObject]) one.reset()
    for (const { state, count, oldestMs } of counts ?? []) {
      studies.set({ state }, count)
      oldestStudy.set({ state }, oldestMs / 1000)
    }
    // Several may have one name: those of earlier configurations.
    for (const { target, state, count } of open ?? []) outbox.inc({ destination: target, state }, count)
    const waiting = Map.groupBy(
      (open ?? []).filter(({ state }) => state !== 'dead'),
      ({ target }) => target,
    )
    for (const [destination, all] of waiting) {
      oldestObject.set({ destination }, Math.max(...all.map(({ oldestMs }) => oldestMs)) / 1000)
    }
  }

  async function readMemory(): Promise<void> {
    const memory = await settledWithin(ANSWERS_WITHIN_MS, async () => observed.child?.())
    setOrForget(rss, memory?.rssBytes)
    setOrForget(gpu, memory?.gpuBytes)
  }

  async function readDisk(): Promise<void> {
    const { dataDir } = observed
    if (dataDir === undefined) return
    const disk = await settledWithin(ANSWERS_WITHIN_MS, () => statfs(dataDir))
    setOrForget(diskFree, disk && disk.bavail * disk.bsize)
    setOrForget(diskSize, disk && disk.blocks * disk.bsize)
  }

  async function readChecks(isQueueThere: Promise<boolean>): Promise<void> {
    const asked = { queue: isQueueThere, ...observed.checks?.() }
    const told = CHECKS.flatMap((check) => {
      const answer = asked[check]
      return answer === undefined ? [] : [{ check, isOk: settledWithin(ANSWERS_WITHIN_MS, () => answer) }]
    })
    const known = await Promise.all(told.map(async ({ check, isOk }) => ({ check, isOk: await isOk })))
    checks.reset()
    for (const { check, isOk } of known) checks.set({ check }, isOk === true ? 1 : 0)
  }

  return async () => {
    await Promise.all([readChecks(readQueue()), readMemory(), readDisk(), readEffects(), readStudies()])
    const served = observed.models()
    ready.set((observed.ready?.() ?? served.length > 0) ? 1 : 0)
    models.reset()
    for (const { id, version, sha256, device } of served) models.set({ id, version, sha256, device }, 1)
  }
}

/** Not reset(): that leaves a gauge without labels at 0, which would be a false number. */
function setOrForget(gauge: Gauge<never>, value: number | undefined): void {
  if (value === undefined) gauge.remove()
  else gauge.set(value)
}

/** What it gives, or undefined when it fails or takes longer. */
async function settledWithin<T>(ms: number, ask: () => T | Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), ms)
  try {
    return await Promise.race([(async () => ask())(), late.promise])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
