/**
 * Keeps one compute child alive: forks it, hands it one segmentation at a time, kills it when it must, forks it again.
 * The process that calls this never loads onnxruntime (docs/decisions/0002).
 *
 *   starting ──▶ ready ⇄ restarting      a crash, or a kill for a timeout, a cancel or a bug
 *      │                     │
 *      └──────▶ failed ◀─────┘           the child said why it cannot serve: a wrong model, a missing device; final
 *   any ──▶ stopped
 */
import { once } from 'node:events'
import { FaultError } from '../errors.ts'
import type { Device } from '../inference/device.ts'
import { STAGES, type Stage } from '../inference/progress.ts'
import type { Report } from '../inference/report.ts'
import type { Log } from '../telemetry/log.ts'
import { type Child, forkChild } from './fork.ts'
import type { ChildSettings, FromChild, ReadyModel, SegmentTask } from './protocol.ts'
import { type RestartCause, type RunningTask, runTask, type TaskOptions, type TaskTimeouts } from './running-task.ts'
import { backoffMs, cancelGraceMs, MAX_FAILED_STARTS } from './timing.ts'

export type ComputeStatus =
  | { readonly state: 'starting' }
  | {
      readonly state: 'ready'
      /** Really used, by the default model. */
      readonly device: Device
      readonly deviceReason?: string
      readonly models: readonly ReadyModel[]
    }
  | { readonly state: 'restarting'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'stopped' }

/** For metrics. */
export type ComputeEvent =
  | { readonly kind: 'restart'; readonly cause: RestartCause }
  | { readonly kind: 'patch'; readonly seconds: number }
  | { readonly kind: 'stage'; readonly stage: Stage; readonly seconds: number }

export interface SupervisorOptions extends ChildSettings {
  readonly timeouts: Omit<TaskTimeouts, 'graceMs'> & {
    readonly startMs: number
    /** The least time that a cancelled segmentation may go on, see cancelGraceMs(). */
    readonly graceMs: number
  }
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  readonly onEvent?: (event: ComputeEvent) => void
}

export interface Supervisor {
  status(): ComputeStatus
  /**
   * Runs one segmentation; waits for a child that is starting, at most until MAX_FAILED_STARTS in a row have failed. A
   * second call before the first has ended is a bug.
   * Faults: those of segmentFiles(), 'compute-crashed', 'compute-timeout', 'cancelled', 'not-ready' (the status is
   * failed), 'draining' (stopped).
   */
  segment(task: SegmentTask, options?: TaskOptions): Promise<Report>
  /** Kills the child, and with it what is running. */
  stop(): Promise<void>
}

/** Forks the first child at once; status() says when it is ready. */
export function startSupervisor({ timeouts, log, onEvent, ...settings }: SupervisorOptions): Supervisor {
  let status: ComputeStatus = { state: 'starting' }
  let statusChanged = Promise.withResolvers<void>()
  let child: Child
  let running: RunningTask | null = null
  let isBusy = false
  let tasks = 0
  let crashesInARow = 0
  let failedStarts = 0
  let wasReady = false
  let slowestPatchMs = 0
  let killCause: RestartCause | null = null
  let restartTimer: NodeJS.Timeout | undefined
  launch()

  function become(next: ComputeStatus): void {
    status = next
    statusChanged.resolve()
    statusChanged = Promise.withResolvers<void>()
  }

  function launch(): void {
    const startTimer = setTimeout(() => replace('start-timeout'), timeouts.startMs)
    const forked = forkChild((message) => {
      if (child !== forked || killCause !== null) return
      if (message.kind === 'ready' || message.kind === 'failed') clearTimeout(startTimer)
      hear(message)
    })
    child = forked
    killCause = null
    wasReady = false
    forked.send({ kind: 'start', settings })
    void forked.exited.then((reason) => {
      clearTimeout(startTimer)
      lost(killCause ?? 'crash', reason)
    })
  }

  /** From here to the next 'ready' no task is handed out, though the child may take a moment to die. */
  function replace(cause: RestartCause): void {
    killCause = cause
    become({ state: 'restarting', reason: `the compute process was ended: ${cause}` })
    child.kill()
  }

  function hear(message: FromChild): void {
    if (status.state === 'stopped') return
    running?.hear(message)
    if (message.kind === 'done' || message.kind === 'fault') crashesInARow = 0
    if (message.kind === 'ready') {
      wasReady = true
      failedStarts = 0
      const { device, deviceReason } = message.models[0]!
      const told = { device, ...(deviceReason !== undefined && { deviceReason }) }
      log.info(
        { ...told, pid: child.pid, models: message.models.map(({ id, version }) => `${id} ${version}`) },
        'compute is ready',
      )
      become({ state: 'ready', ...told, models: message.models })
    } else if (message.kind === 'failed') {
      log.error({ reason: message.reason }, 'compute cannot serve')
      become({ state: 'failed', reason: message.reason })
      child.kill()
    } else if (message.kind === 'progress') {
      const { patchSeconds } = message.progress
      if (patchSeconds === undefined) return
      slowestPatchMs = Math.max(slowestPatchMs, patchSeconds * 1000)
      onEvent?.({ kind: 'patch', seconds: patchSeconds })
    } else if (message.kind === 'done') {
      for (const stage of STAGES) onEvent?.({ kind: 'stage', stage, seconds: message.report.timingsMs[stage] / 1000 })
    } else if (message.kind === 'bug') {
      log.error({ bug: message.bug }, 'compute failed')
    }
  }

  function lost(cause: RestartCause, reason: string): void {
    running?.lose(
      status.state === 'stopped'
        ? new FaultError('draining', 'the service is stopping')
        : new FaultError('compute-crashed', reason),
    )
    if (status.state === 'stopped' || status.state === 'failed') return
    crashesInARow = cause === 'crash' || cause === 'start-timeout' ? crashesInARow + 1 : 0
    if (!wasReady) failedStarts++
    log[failedStarts < MAX_FAILED_STARTS ? 'warn' : 'error'](
      { cause, reason, crashesInARow, failedStarts },
      'compute is started again',
    )
    onEvent?.({ kind: 'restart', cause })
    become({ state: 'restarting', reason })
    restartTimer = setTimeout(launch, backoffMs(crashesInARow))
  }

  async function untilReady(signal: AbortSignal | undefined): Promise<void> {
    while (status.state !== 'ready') {
      if (signal?.aborted) throw new FaultError('cancelled', 'cancelled before it began')
      if (status.state === 'failed') throw new FaultError('not-ready', `compute cannot serve: ${status.reason}`)
      if (status.state === 'stopped') throw new FaultError('draining', 'the service is stopping')
      if (status.state === 'restarting' && failedStarts >= MAX_FAILED_STARTS) {
        const often = `the compute process did not get ready ${failedStarts} times in a row`
        throw new FaultError('compute-crashed', `${often}: ${status.reason}`)
      }
      await Promise.race([statusChanged.promise, ...(signal ? [once(signal, 'abort')] : [])])
    }
    if (signal?.aborted) throw new FaultError('cancelled', 'cancelled before it began')
  }

  return {
    status: () => status,
    async segment(task, options = {}) {
      if (isBusy) throw new Error('the supervisor runs one segmentation at a time')
      isBusy = true
      try {
        await untilReady(options.signal)
        const graceMs = () => cancelGraceMs(timeouts.graceMs, slowestPatchMs)
        running = runTask(child, replace, ++tasks, task, { ...timeouts, graceMs }, options)
        return await running.result
      } finally {
        running = null
        isBusy = false
      }
    },
    async stop() {
      clearTimeout(restartTimer)
      become({ state: 'stopped' })
      child.kill()
      await child.exited
    },
  }
}
