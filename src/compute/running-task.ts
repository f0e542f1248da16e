/** One segmentation or comparison in the child's hands: its deadline, its signs of life, its cancellation. */
import { FaultError } from '../errors.ts'
import type { ComparisonReport } from '../inference/comparison-report.ts'
import type { OnProgress } from '../inference/progress.ts'
import type { Report } from '../inference/report.ts'
import type { Child } from './fork.ts'
import type { FromChild, TaskMessage } from './protocol.ts'

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
  /** The report of the kind that the task asks for. */
  readonly result: Promise<Report | ComparisonReport>
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
  message: TaskMessage,
  { jobMs, silenceMs, graceMs }: TaskTimeouts,
  { signal, onProgress }: TaskOptions,
): RunningTask {
  const { taskId } = message
  const { promise, resolve, reject } = Promise.withResolvers<Report | ComparisonReport>()
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

  child.send(message)
  return {
    result: promise,
    hear(heard) {
      silenceTimer.refresh()
      if (!('taskId' in heard) || heard.taskId !== taskId) return
      if (heard.kind === 'progress') onProgress?.(heard.progress)
      else if (heard.kind === 'done') settle(() => resolve(heard.report))
      else if (heard.kind === 'fault') {
        settle(() => reject(new FaultError(heard.fault.kind, heard.fault.message)))
      } else giveUp('bug', new Error(`the compute process failed with ${heard.bug.type}`))
    },
    lose: (fault) => settle(() => reject(fault)),
  }
}
