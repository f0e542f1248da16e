/** One segmentation in the child's hands: its deadline, its signs of life, its cancellation. */
import { FaultError } from '../errors.ts'
import type { OnProgress } from '../inference/progress.ts'
import type { Report } from '../inference/report.ts'
import type { Child } from './fork.ts'
import type { FromChild, SegmentTask } from './protocol.ts'

export interface TaskTimeouts {
  /** A segmentation may take this long from hand-over to answer. */
  readonly jobMs: number
  /** No message for this long in a segmentation is the end of it; longer than the longest patch takes. */
  readonly silenceMs: number
  /** Asked at a cancel: a segmentation may finish its patch for this long. */
  readonly graceMs: () => number
}

export interface TaskOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: OnProgress
}

/** Why a child had to be replaced. 'refused': it said that it cannot serve, with models that had served before. */
export type RestartCause = 'crash' | 'start-timeout' | 'refused' | 'job-timeout' | 'silence' | 'cancel' | 'bug'

export interface RunningTask {
  readonly result: Promise<Report>
  /** Every message of the child, heartbeats too. */
  hear(message: FromChild): void
  /** The child is gone: the task fails with `fault`, unless it had ended. */
  lose(fault: FaultError): void
}

/**
 * Hands the task to the child.
 * @param replaceChild called at most once, when the child must be killed for the sake of this task; the task has failed
 */
export function runTask(
  child: Pick<Child, 'send'>,
  replaceChild: (cause: RestartCause) => void,
  taskId: number,
  task: SegmentTask,
  { jobMs, silenceMs, graceMs }: TaskTimeouts,
  { signal, onProgress }: TaskOptions,
): RunningTask {
  const { promise, resolve, reject } = Promise.withResolvers<Report>()
  let graceTimer: NodeJS.Timeout | undefined

  const jobTimer = setTimeout(() => {
    giveUp('job-timeout', new FaultError('compute-timeout', `not done after ${jobMs / 1000} s, which is the limit`))
  }, jobMs)
  const silenceTimer = setTimeout(() => {
    const silence = `the compute process gave no sign of life for ${silenceMs / 1000} s and was ended`
    giveUp('silence', new FaultError('compute-crashed', silence))
  }, silenceMs)
  const cancel = () => {
    child.send({ kind: 'cancel', taskId })
    graceTimer = setTimeout(() => giveUp('cancel', new FaultError('cancelled', 'cancelled')), graceMs())
  }
  signal?.addEventListener('abort', cancel, { once: true })

  function giveUp(cause: RestartCause, error: Error): void {
    settle(() => reject(error))
    replaceChild(cause)
  }
  function settle(how: () => void): void {
    clearTimeout(jobTimer)
    clearTimeout(silenceTimer)
    clearTimeout(graceTimer)
    signal?.removeEventListener('abort', cancel)
    how()
  }

  child.send({ kind: 'segment', taskId, task })
  return {
    result: promise,
    hear(message) {
      silenceTimer.refresh()
      if (!('taskId' in message) || message.taskId !== taskId) return
      if (message.kind === 'progress') onProgress?.(message.progress)
      else if (message.kind === 'done') settle(() => resolve(message.report))
      else if (message.kind === 'fault') {
        settle(() => reject(new FaultError(message.fault.kind, message.fault.message)))
      } else giveUp('bug', new Error(`the compute process failed with ${message.bug.type}`))
    },
    lose: (fault) => settle(() => reject(fault)),
  }
}
