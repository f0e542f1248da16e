/**
 * One compute process from its fork to its end: it gets ready or not, runs one task at a time, and must give signs of
 * life. It is never started again; who wants another, starts another (supervisor.ts).
 */
import { FaultError } from '../errors.ts'
import type { ForkChild } from './fork.ts'
import type { ChildSettings, FromChild, TaskMessage } from './protocol.ts'
import { type RestartCause, type RunningTask, runTask, type TaskOptions, type TaskTimeouts } from './running-task.ts'
import { IDLE_LOOKS } from './timing.ts'

/** Why a process ended. 'retired': another took its place. */
export type EndCause = RestartCause | 'retired' | 'stop'

export type Ready = Extract<FromChild, { kind: 'ready' }>

export interface InstanceTimeouts {
  /** From the fork to 'ready'. */
  readonly startMs: number
  /** A ready process without a task that says nothing for this long is ended. */
  readonly idleSilenceMs: number
}

/** Never called before startInstance() has returned; nothing of a process that is being ended is told but onEnded. */
export interface InstanceListener {
  onReady(message: Ready): void
  /** It cannot serve, and is ended for it. */
  onRefused(reason: string): void
  /** Every other message, after the task that it may belong to has heard it. */
  onMessage(message: FromChild): void
  /** It was decided to end it; it may take a moment to die. */
  onEnding(cause: EndCause): void
  onEnded(cause: EndCause, reason: string): void
}

export interface Instance {
  readonly pid: number | undefined
  isBusy(): boolean
  /** One at a time. Faults: those of segmentFiles() or compareFiles(), 'compute-crashed', 'compute-timeout', 'cancelled', 'draining'. */
  run(message: TaskMessage, timeouts: TaskTimeouts, options: TaskOptions): RunningTask['result']
  /** SIGKILL; the first cause counts. A task that is running is lost. */
  end(cause: EndCause): void
  /**
   * Its answer to 'start'. Faults: 'model-invalid', 'not-ready' (it said that it cannot serve), 'compute-crashed',
   * 'compute-timeout', 'draining'.
   */
  readonly proved: Promise<Ready>
  readonly ended: Promise<void>
}

/** Forks a process and has it start. */
export function startInstance(
  fork: ForkChild,
  settings: ChildSettings,
  { startMs, idleSilenceMs }: InstanceTimeouts,
  listener: InstanceListener,
): Instance {
  let cause: EndCause | null = null
  let running: RunningTask | null = null
  /** Said better than by the signal that ended it. */
  let why: string | undefined
  let isReady = false
  let looksInSilence = 0
  let looking: NodeJS.Timeout | undefined
  const { promise: proved, resolve: prove, reject: disprove } = Promise.withResolvers<Ready>()
  proved.catch(() => {}) // Not everybody waits for it.
  const child = fork(hear)
  const startTimer = setTimeout(() => end('start-timeout'), startMs)
  const ended = child.exited.then((how) => {
    stopTimers()
    cause ??= 'crash'
    const reason = why ?? how
    const fault = lossOf(cause, reason, startMs)
    running?.lose(fault)
    disprove(fault)
    listener.onEnded(cause, reason)
  })
  child.send({ kind: 'start', settings })

  function hear(message: FromChild): void {
    if (cause !== null) return
    lookFromNow()
    running?.hear(message)
    if (message.kind === 'ready') {
      clearTimeout(startTimer)
      isReady = true
      lookFromNow()
      prove(message)
      listener.onReady(message)
    } else if (message.kind === 'failed') {
      why = message.reason
      disprove(new FaultError(message.fault?.kind ?? 'not-ready', why))
      listener.onRefused(message.reason)
      end('refused')
    } else listener.onMessage(message)
  }

  function lookFromNow(): void {
    looksInSilence = 0
    clearInterval(looking)
    if (isReady) looking = setInterval(look, idleSilenceMs / IDLE_LOOKS)
  }

  /** Several looks, not one timer: were this process stopped for a while, it would wake up to a due timer, not to news. */
  function look(): void {
    if (running !== null) looksInSilence = 0
    else if (++looksInSilence >= IDLE_LOOKS) {
      why = 'the compute process gave no sign of life and was ended'
      end('silence')
    }
  }

  function end(decided: EndCause): void {
    if (cause !== null) return
    cause = decided
    stopTimers()
    listener.onEnding(decided)
    child.kill()
  }

  function stopTimers(): void {
    clearTimeout(startTimer)
    clearInterval(looking)
  }

  return {
    pid: child.pid,
    isBusy: () => running !== null,
    async run(message, timeouts, options) {
      running = runTask(child, end, message, timeouts, options)
      try {
        return await running.result
      } finally {
        running = null
        if (cause === null) lookFromNow()
      }
    },
    end,
    proved,
    ended,
  }
}

/** What the end of a process means for whoever waited for it. */
function lossOf(cause: EndCause, reason: string, startMs: number): FaultError {
  if (cause === 'stop') return new FaultError('draining', 'the service is stopping')
  if (cause !== 'start-timeout') return new FaultError('compute-crashed', reason)
  return new FaultError('compute-timeout', `the models were not ready after ${startMs / 1000} s, which is the limit`)
}
