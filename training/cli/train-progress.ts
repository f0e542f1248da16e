/** How far a run is, on stderr: a bar where somebody looks at it, else a line now and then. */
import { SingleBar } from 'cli-progress'
import type { TrainProgress } from '../run/train.ts'

const LINE_EVERY_MS = 10_000
/** The bar counts thousandths of the run, which lasts for steps or for minutes. */
const PARTS = 1000

interface ShownProgress {
  onStep(progress: TrainProgress): void
  /** Leaves the bar as it stands; the last step is told. */
  end(): void
}

/** @param nowMs of a clock that never goes back */
export function trainProgress(
  title: string,
  stream: NodeJS.WriteStream = process.stderr,
  nowMs: () => number = () => performance.now(),
): ShownProgress {
  return stream.isTTY ? barOf(title, stream) : linesOf(title, stream, nowMs)
}

function barOf(title: string, stream: NodeJS.WriteStream): ShownProgress {
  const format = `${title}  {bar} {percentage} %  step {step}  loss {loss}  {pace} s/step  {left} left`
  const bar = new SingleBar({ format, stream, gracefulExit: false })
  bar.start(PARTS, 0, { step: '-', loss: '-', pace: '-', left: '-' })
  return {
    onStep: ({ step, loss, secondsPerStep, share, secondsLeft }) =>
      bar.update(Math.floor(PARTS * share), {
        step,
        loss: loss.toFixed(4),
        pace: secondsPerStep.toFixed(2),
        left: spanOf(secondsLeft),
      }),
    end: () => bar.stop(),
  }
}

function linesOf(title: string, stream: NodeJS.WriteStream, nowMs: () => number): ShownProgress {
  let toldMs = Number.NEGATIVE_INFINITY
  let last: TrainProgress | undefined
  let told: TrainProgress | undefined
  const say = (now: TrainProgress) => {
    const { step, loss, secondsPerStep, share, secondsLeft } = now
    const numbers = `loss ${loss.toFixed(4)}, ${secondsPerStep.toFixed(2)} s/step, ${spanOf(secondsLeft)} left`
    stream.write(`${title}: step ${step}, ${Math.floor(100 * share)} %, ${numbers}\n`)
    toldMs = nowMs()
    told = now
  }
  return {
    onStep(now) {
      last = now
      if (nowMs() - toldMs >= LINE_EVERY_MS) say(now)
    },
    end() {
      if (last !== undefined && last !== told) say(last)
    },
  }
}

function spanOf(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}
