/** How far a batch is, on stderr: a bar where somebody looks at it, else a line for each subject that ended. */
import { SingleBar } from 'cli-progress'
import type { CohortOptions } from '../cohort/segment-cohort.ts'
import { type Subject, titleOf } from '../cohort/subject.ts'

type Told = Required<Pick<CohortOptions, 'onStart' | 'onProgress' | 'onEnd' | 'onBug'>>

export interface BatchProgress extends Told {
  stop(): void
}

/** @param nowMs of a clock that never goes back */
export function batchProgress(
  subjects: readonly Subject[],
  stream: NodeJS.WriteStream = process.stderr,
  nowMs: () => number = () => performance.now(),
): BatchProgress {
  const bar = stream.isTTY ? openBar(stream) : null
  const startedMs = nowMs()
  let [computed, computedMs, startMs] = [0, 0, startedMs]
  let counts = { done: 0, failed: 0, kept: 0 }
  let current = ''
  let left = ''
  let shown: string | null = null

  function say(line: string): void {
    bar?.stop()
    shown = null
    stream.write(`${line}\n`)
  }

  return {
    onStart(at) {
      startMs = nowMs()
      current = `${at + 1} of ${subjects.length} ${titleOf(subjects[at]!)}`
    },
    onProgress({ stage, done, total }) {
      const payload = { current, stage: stage.padEnd('postprocess'.length), left }
      if (stage !== shown) bar?.start(total, done, payload)
      else bar?.update(done, payload)
      shown = stage
    },
    onEnd({ at, row, fault, isKept }) {
      if (!isKept) [computed, computedMs] = [computed + 1, computedMs + nowMs() - startMs]
      const remaining = subjects.length - at - 1
      left = computed === 0 || remaining === 0 ? '' : `${spanOf((computedMs / computed) * remaining)} left`
      const { report } = row
      const isDone = row.status === 'done'
      counts = {
        done: counts.done + Number(isDone),
        failed: counts.failed + Number(!isDone),
        kept: counts.kept + Number(isDone && isKept),
      }
      const codes = report?.warnings.map(({ code }) => code).join(' ') ?? ''
      const what = isDone
        ? `${isKept ? 'was done' : `done in ${spanOf(report!.timingsMs.total)}`}${codes === '' ? '' : `, warnings: ${codes}`}`
        : `failed: ${fault?.message ?? 'a bug'} (${row.code})`
      say([`${at + 1} of ${subjects.length} ${titleOf(row)}: ${what}`, left].filter((part) => part !== '').join('; '))
    },
    onBug: (error) => say(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    stop() {
      const { done, failed, kept } = counts
      if (done + failed > 0)
        say(`${done} done (${kept} before), ${failed} failed, ${subjects.length - done - failed} to do`)
    },
  }
}

/** Its own handling of Ctrl-C ends the process; the command stops the bar itself. */
function openBar(stream: NodeJS.WriteStream): SingleBar {
  const format = '{current}  {stage} {bar} {value}/{total}  {left}'
  return new SingleBar({ format, stream, hideCursor: true, clearOnComplete: true, gracefulExit: false })
}

function spanOf(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 100) return `${seconds} s`
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}
