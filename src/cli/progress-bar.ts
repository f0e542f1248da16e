/** The bar of a running segmentation: on stderr, and only where somebody looks at it. */
import { SingleBar } from 'cli-progress'
import type { Progress } from '../inference/progress.ts'

export interface ProgressBar {
  show(progress: Progress): void
  stop(): void
}

/** Shows nothing where stderr is no terminal. `stop` may be called twice. */
export function progressBar(): ProgressBar {
  if (!process.stderr.isTTY) return { show: () => {}, stop: () => {} }
  const format = '{stage} {bar} {value}/{total}  {eta_formatted} left'
  // Its own handling of Ctrl-C ends the process; the command stops the bar itself.
  const options = { hideCursor: true, clearOnComplete: true, gracefulExit: false }
  const bar = new SingleBar({ format, stream: process.stderr, ...options })
  let stage: Progress['stage'] | null = null
  return {
    show({ stage: next, done, total }) {
      const payload = { stage: next.padEnd('postprocess'.length) }
      if (next !== stage) bar.start(total, done, payload)
      else bar.update(done, payload)
      stage = next
    },
    stop: () => bar.stop(),
  }
}
