/**
 * The compute process: forked by the supervisor, it owns the sessions of onnxruntime and does all that is heavy, from
 * decoding on. A run of the network blocks its thread, so heartbeats and a cancel get through between patches only;
 * what takes longer is ended from outside with SIGKILL. It says 'ready' when its models gave their golden cases, and
 * goes when its parent goes.
 */
import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { FaultError } from '../errors.ts'
import { compareFiles } from '../inference/compare-files.ts'
import type { ComparisonReport } from '../inference/comparison-report.ts'
import type { Progress } from '../inference/progress.ts'
import type { Report } from '../inference/report.ts'
import { segmentFiles } from '../inference/segment-files.ts'
import { type OpenFinder, openFinder } from '../quality/open-finder.ts'
import { describeError } from '../telemetry/log.ts'
import { writeCompiled } from './compiled.ts'
import type { ChildSettings, FromChild, TaskMessage, ToChild } from './protocol.ts'
import { type ServedModels, serveModels } from './serve-models.ts'

/** Between 0 (like the API process) and 19: answers to health checks come before voxels. */
const NICENESS = 5
/** Between −1000 and 1000: when memory runs out the kernel should take this process, not its parent. */
const OOM_SCORE_ADJ = 500

/** There before 'ready' is said, and so before any task. */
let models: ServedModels
let finder: OpenFinder
let settings: ChildSettings
const running = new Map<number, AbortController>()

function send(message: FromChild): void {
  // a parent that was killed hears nothing any more; 'disconnect' ends this process
  process.send?.(message, undefined, undefined, () => {})
}

async function start(received: ChildSettings): Promise<void> {
  settings = received
  setInterval(() => send({ kind: 'heartbeat' }), settings.heartbeatMs)
  try {
    finder = await openFinder(settings.threads)
    models = await serveModels(settings, (event) => send({ kind: 'residency', ...event }))
    send({ kind: 'ready', models: models.ready, cards: models.cards, leftOut: models.leftOut })
    writeCompiled()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    send({ kind: 'failed', reason, ...(error instanceof FaultError && { fault: error.fault }) })
  }
}

async function runTask(message: TaskMessage): Promise<void> {
  const { taskId } = message
  const controller = new AbortController()
  running.set(taskId, controller)
  try {
    const report = await models.use<Report | ComparisonReport>(message.task.modelId, (model, open) => {
      const networks = { ...open, finder: finder.engine }
      const ofModel = { model, limits: settings.limits }
      const options = {
        signal: controller.signal,
        onProgress: (progress: Progress) => send({ kind: 'progress', taskId, progress }),
      }
      return message.kind === 'segment'
        ? segmentFiles({ ...message.task, ...ofModel }, networks, options)
        : compareFiles({ ...message.task, ...ofModel }, networks, options)
    })
    send({ kind: 'done', taskId, report })
  } catch (error) {
    if (error instanceof FaultError) send({ kind: 'fault', taskId, fault: error.fault })
    else send({ kind: 'bug', taskId, bug: describeError(error) })
  } finally {
    running.delete(taskId)
    // before the next one takes as much again
    globalThis.gc?.()
  }
}

function lowerPriority(): void {
  try {
    setPriority(NICENESS)
    writeFileSync('/proc/self/oom_score_adj', String(OOM_SCORE_ADJ))
  } catch {
    // Only a courtesy: no /proc outside of Linux, and a sandbox may forbid either.
  }
}

lowerPriority()
// A terminal and systemd send these to the whole group. They are for the parent, which lets the running job finish.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('disconnect', () => process.exit(0))
process.on('message', (message: ToChild) => {
  if (message.kind === 'start') void start(message.settings)
  else if (message.kind === 'segment' || message.kind === 'compare') void runTask(message)
  else running.get(message.taskId)?.abort()
})
