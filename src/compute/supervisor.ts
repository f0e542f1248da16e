/**
 * Keeps one compute child alive: forks it, hands it one task at a time, kills it when it must, forks it again.
 * The process that calls this never loads onnxruntime (docs/decisions/0002).
 *
 *   starting ──▶ ready ⇄ restarting      a crash, or a kill for a timeout, a cancel, silence or a bug
 *      │                     │
 *      └──────▶ failed ◀─────┘           the first models cannot serve, and the child said why: one is wrong, no device
 *   any but stopped ──▶ ready            a reload: a second child proved the models of now and takes over
 *   any ──▶ stopped
 */
import { FaultError } from '../errors.ts'
import type { ComparisonReport } from '../inference/comparison-report.ts'
import type { Report } from '../inference/report.ts'
import type { Card } from '../model/card.ts'
import type { LeftOut } from '../model/registry.ts'
import { type ComputeEvent, eventsOf } from './events.ts'
import { forkChild } from './fork.ts'
import { type EndCause, type Instance, type Ready, startInstance } from './instance.ts'
import { type ModelsChange, modelsChange } from './model-change.ts'
import { modelSets } from './model-sets.ts'
import type { SupervisorOptions } from './options.ts'
import type { CompareTask, FromChild, SegmentTask, TaskMessage } from './protocol.ts'
import { countRestarts } from './restarts.ts'
import type { TaskOptions } from './running-task.ts'
import { type ComputeStatus, readyStatus, statusHolder } from './status.ts'
import { cancelGraceMs, IDLE_SILENCE_MS } from './timing.ts'

export type { ComputeEvent, ComputeStatus, SupervisorOptions }

export interface Supervisor {
  status(): ComputeStatus
  /** The ids of the children that live: two during a reload, until the old one has ended its task. */
  pids(): readonly number[]
  /** The cards of the models that serve, the default first; null before the first child is ready. */
  cards(): readonly Card[] | null
  /**
   * Waits for a child that is starting, at most until MAX_FAILED_STARTS (timing.ts) in a row have failed. A second call, of
   * this or compare(), before the first has ended is a bug. Faults: those of segmentFiles(), 'compute-crashed',
   * 'compute-timeout', 'cancelled', 'not-ready' (the status is failed), 'draining' (stopped).
   */
  segment(task: SegmentTask, options?: TaskOptions): Promise<Report>
  /** The same of two dates (compareFiles()), which may take twice as long. */
  compare(task: CompareTask, options?: TaskOptions): Promise<ComparisonReport>
  /**
   * Reads the models folder anew, in a second child. When every model there is proved, the next task goes to that child, and
   * the old one ends with the one it runs. Else nothing changes. Faults: 'reload-running' (one at a time), 'draining' (stopped);
   * why the new models are not taken: 'model-invalid', 'not-ready' (the device), 'compute-crashed', 'compute-timeout'.
   */
  reload(): Promise<ModelsChange>
  /** Kills the children, and with them what is running. */
  stop(): Promise<void>
}

/** Forks the first child at once; status() says when it is ready. */
export function startSupervisor(options: SupervisorOptions): Supervisor {
  const { timeouts, log, onEvent, modelSetsDir, fork = forkChild, ...settings } = options
  const sets = modelSets(modelSetsDir, log)
  const alive = new Set<Instance>()
  const status = statusHolder()
  const restarts = countRestarts()
  let cards: readonly Card[] | null = null
  let leftOut: readonly LeftOut[] = []
  let isBusy = false
  let isReloading = false
  let tasks = 0
  let slowestPatchMs = 0
  let restartTimer: NodeJS.Timeout | undefined
  let servingSet = sets.next()
  let serving = launch(servingSet, [])

  /** The status follows the child that serves; of one that a reload tries, or that ends its last task, only events count. */
  function launch(keepModelsIn: string | undefined, requiredModels?: readonly string[]): Instance {
    const required = requiredModels && { requiredModels }
    const childSettings = { ...settings, ...required, ...(keepModelsIn !== undefined && { keepModelsIn }) }
    const limits = { idleSilenceMs: IDLE_SILENCE_MS, ...timeouts }
    const instance = startInstance(fork, childSettings, limits, {
      onReady: (message) => instance === serving && serve(message),
      onRefused(reason) {
        if (instance !== serving) return
        log.error({ reason }, 'compute cannot serve')
        // Models that served once can serve: it is the machine that refuses now, and perhaps not the next time.
        if (cards === null) status.become({ state: 'failed', reason })
      },
      onMessage: hear,
      onEnding(cause) {
        if (instance !== serving || ['stopped', 'failed'].includes(status.now().state)) return
        status.become({ state: 'restarting', reason: `the compute process was ended: ${cause}` })
      },
      onEnded(cause, reason) {
        alive.delete(instance)
        if (instance === serving) lost(cause, reason)
        else if (keepModelsIn !== servingSet) sets.drop(keepModelsIn)
      },
    })
    alive.add(instance)
    return instance
  }

  function serve({ models, cards: proved, leftOut: invalid = [] }: Ready): void {
    if (cards === null) {
      sets.dropLeftovers()
      leftOut = invalid
      for (const { id, reason } of leftOut) log.error({ model: id, reason }, 'a model is left out')
    }
    restarts.ready()
    cards = proved
    const ready = readyStatus(models, leftOut)
    const names = models.map(({ id, version }) => `${id} ${version}`)
    log.info(
      { device: ready.device, deviceReason: ready.deviceReason, pid: serving.pid, models: names },
      'compute is ready',
    )
    status.become(ready)
  }

  function hear(message: FromChild): void {
    if (message.kind === 'done' || message.kind === 'fault') restarts.worked()
    if (message.kind === 'bug') log.error({ bug: message.bug }, 'compute failed')
    if (message.kind === 'residency') log.info({ ...message, kind: undefined }, 'model')
    for (const event of eventsOf(message)) {
      if (event.kind === 'patch') slowestPatchMs = Math.max(slowestPatchMs, event.seconds * 1000)
      onEvent?.(event)
    }
  }

  function lost(cause: EndCause, reason: string): void {
    // 'stopped' whatever the cause: a child that was dying already when all was stopped is not followed by another
    if (cause === 'retired' || cause === 'stop' || ['stopped', 'failed'].includes(status.now().state)) return
    const { afterMs, ...counts } = restarts.lost(cause)
    log[restarts.hopeless() === null ? 'warn' : 'error']({ cause, reason, ...counts }, 'compute is started again')
    onEvent?.({ kind: 'restart', cause })
    status.become({ state: 'restarting', reason })
    restartTimer = setTimeout(() => {
      serving = launch(servingSet, cards?.map(({ id }) => id) ?? [])
    }, afterMs)
  }

  function takeOver(next: Instance, set: string | undefined, ready: Ready): void {
    const [old, oldSet] = [serving, servingSet]
    clearTimeout(restartTimer)
    serving = next
    servingSet = set
    leftOut = []
    restarts.worked()
    serve(ready)
    if (!old.isBusy()) old.end('retired')
    if (!alive.has(old)) sets.drop(oldSet)
  }

  async function run(message: TaskMessage, options: TaskOptions = {}): Promise<Report | ComparisonReport> {
    if (isBusy) throw new Error('the supervisor runs one task at a time')
    isBusy = true
    let instance: Instance | undefined
    const graceMs = () => cancelGraceMs(timeouts.graceMs, slowestPatchMs)
    const jobMs = timeouts.jobMs * (message.kind === 'compare' ? 2 : 1)
    try {
      await status.untilReady(restarts.hopeless, options.signal)
      instance = serving
      return await instance.run(message, { ...timeouts, jobMs, graceMs }, options)
    } finally {
      isBusy = false
      if (instance !== serving) instance?.end('retired')
    }
  }

  return {
    status: status.now,
    pids: () => [...alive].flatMap(({ pid }) => pid ?? []),
    cards: () => cards,
    segment: (task, options) => run({ kind: 'segment', taskId: ++tasks, task }, options) as Promise<Report>,
    compare: (task, options) => run({ kind: 'compare', taskId: ++tasks, task }, options) as Promise<ComparisonReport>,
    async reload() {
      if (status.now().state === 'stopped') throw new FaultError('draining', 'the service is stopping')
      if (isReloading) throw new FaultError('reload-running', 'the models are being reloaded already')
      isReloading = true
      const set = sets.next()
      const candidate = launch(set)
      try {
        const ready = await candidate.proved
        const before = cards ?? []
        takeOver(candidate, set, ready)
        return modelsChange(before, ready.cards)
      } catch (error) {
        if (!(error instanceof FaultError) || error.fault.kind === 'draining') throw error
        log.warn({ reason: error.message }, 'the new models are not taken')
        throw new FaultError(error.fault.kind, `the models stay as they were: ${error.message}`, { cause: error })
      } finally {
        isReloading = false
      }
    },
    async stop() {
      clearTimeout(restartTimer)
      status.become({ state: 'stopped' })
      for (const instance of alive) instance.end('stop')
      await Promise.all([...alive].map(({ ended }) => ended))
      sets.drop(servingSet)
      await sets.settled()
    },
  }
}
