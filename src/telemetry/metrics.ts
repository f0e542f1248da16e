/**
 * What Prometheus reads at /metrics. Base units (seconds, bytes), low-cardinality labels (a route is its pattern,
 * never a path with an id), buckets to half an hour because a CPU answer takes minutes. One Registry an app. What is
 * counted is here, what is so at the moment of the scrape in gauges.ts.
 *
 * A counter that is born at 1 shows no increase to Prometheus, so the labels that alerts ask for stand at 0 from the
 * start: outcomes, the service's own failures, causes of restarts, hits and misses.
 */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { FAULT_KINDS, FAULTS, type FaultKind } from '../errors.ts'
import type { Stage } from '../inference/progress.ts'
import { createGauges, type Observed } from './gauges.ts'

const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1200, 1800]
/** Studies are waited for: minutes for what is quiet, hours for a computation on a CPU. */
const STUDY_SECONDS = [15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 86_400]
const MIB = 2 ** 20

/** prom-client's gauges that end in _total; promtool calls that an error, and each has a cleanly named sibling. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

export const OUTCOMES = ['succeeded', 'failed', 'cancelled', 'expired', 'rejected'] as const

/** Codes of failures that are the service's own and not the caller's: what the failure alert is about. */
export const SERVICE_FAILURES: readonly (FaultKind | 'internal')[] = [
  'internal',
  ...FAULT_KINDS.filter((kind) => FAULTS[kind].whose === 'service'),
]

/** Why a child is replaced (compute/supervisor.ts); others may come and are counted too. */
const RESTART_REASONS = ['crash', 'start-timeout', 'refused', 'job-timeout', 'silence', 'cancel', 'bug']

export interface JobEnd {
  readonly outcome: Exclude<(typeof OUTCOMES)[number], 'rejected'>
  /** The problem code of a failed job. */
  readonly reason?: string
  /** Whether the caller waited for the answer or was told where it will be. */
  readonly mode: 'sync' | 'async'
  /** What computed it; absent when nothing did. */
  readonly device?: string
  /** From the request's acceptance to the final state. */
  readonly seconds: number
}

export interface Metrics {
  httpRequest(labels: { method: string; route: string; status: string }, seconds: number): void
  /** Once a job, by whoever moved it to its final state. */
  jobEnded(end: JobEnd): void
  /** No job came to be: the queue is full, a key has too many, the disk is full, the service drains. */
  jobRejected(reason: string): void
  /** A job went back into the queue: its worker died or its computation was lost. */
  jobRetried(reason: string): void
  cache(result: 'hit' | 'miss'): void
  stage(stage: Stage | 'queue', seconds: number): void
  patch(seconds: number): void
  failure(kind: string): void
  childRestart(reason: string): void
  /** A model came into the memory of a compute process, or left it. */
  modelResidency(change: 'loaded' | 'unloaded', id: string): void
  /** `refused`: the models stay as they were. */
  modelsReload(result: 'taken' | 'refused'): void
  upload(bytes: number): void
  input(voxels: number): void
  /** A study of a PACS is not waited for any more. @param reason one of a closed list, or none */
  studyDecided(state: string, reason: string): void
  /** The last of its results is where it was to go. @param seconds since the last image of it was seen */
  studyDelivered(seconds: number): void
  readonly contentType: string
  exposition(): Promise<string>
}

/** A registry of its own, with the default process metrics; gauges are read from `observed` at each scrape. */
export function createMetrics(observed: Observed): Metrics {
  const register = new Registry()
  collectDefaultMetrics({ register })
  for (const name of MISNAMED) register.removeSingleMetric(name)
  const readGauges = createGauges(register, observed)
  const registers = [register]
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[], buckets = SECONDS) =>
    new Histogram({ name: `onelabel_${name}`, help, labelNames, buckets, registers })
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `onelabel_${name}`, help, labelNames, registers })

  const http = histogram('http_request_duration_seconds', 'Time from request line to the last byte of the answer.', [
    'method',
    'route',
    'status',
  ])
  const jobs = counter('jobs_total', 'Jobs that ended or were rejected; reason: the problem code, or none.', [
    'outcome',
    'reason',
  ])
  const durations = histogram('job_duration_seconds', 'Time from the acceptance of a job to its final state.', [
    'mode',
    'device',
  ])
  const retries = counter('job_retries_total', 'Jobs that went back into the queue, by why.', ['reason'])
  const cached = counter('cache_requests_total', 'Jobs looked up among earlier results.', ['result'])
  const stages = histogram('stage_duration_seconds', 'Time of one stage of one segmentation; queue: its wait.', [
    'stage',
  ])
  const patches = histogram('patch_duration_seconds', 'Time of one run of the network on one patch.', [])
  const uploads = histogram(
    'upload_bytes',
    'Bytes of one uploaded scan, as sent.',
    [],
    [0.25, 1, 4, 16, 64, 256, 1024].map((n) => n * MIB),
  )
  const inputs = histogram(
    'input_voxels',
    'Voxels of one segmented scan.',
    [],
    [20, 21, 22, 23, 24, 25, 26, 27].map((n) => 2 ** n),
  )
  const failures = counter('failures_total', 'Requests and jobs that failed, by problem code.', ['kind'])
  const restarts = counter('child_restarts_total', 'Compute processes started again, by why the last one ended.', [
    'reason',
  ])

  const residency = counter('model_residency_changes_total', 'Models loaded into and unloaded from memory.', [
    'id',
    'change',
  ])
  const reloads = counter('model_reloads_total', 'Reloads of the models folder, by what came of them.', ['result'])

  const studies = counter('pacs_studies_total', 'Studies of a PACS that were decided on, by what came of it.', [
    'state',
    'reason',
  ])
  const deliveries = histogram(
    'pacs_delivery_seconds',
    'Time from the last image of a study to its last result at its last destination.',
    [],
    STUDY_SECONDS,
  )

  for (const outcome of OUTCOMES) jobs.inc({ outcome, reason: 'none' }, 0)
  for (const reason of SERVICE_FAILURES) jobs.inc({ outcome: 'failed', reason }, 0)
  for (const reason of RESTART_REASONS) restarts.inc({ reason }, 0)
  for (const reason of ['drain', 'killed', 'compute-crashed']) retries.inc({ reason }, 0)
  for (const result of ['taken', 'refused']) reloads.inc({ result }, 0)
  for (const result of ['hit', 'miss']) cached.inc({ result }, 0)

  return {
    httpRequest: (labels, seconds) => http.observe(labels, seconds),
    jobEnded({ outcome, reason = 'none', mode, device = 'none', seconds }) {
      jobs.inc({ outcome, reason })
      durations.observe({ mode, device }, seconds)
    },
    jobRejected: (reason) => jobs.inc({ outcome: 'rejected', reason }),
    jobRetried: (reason) => retries.inc({ reason }),
    cache: (result) => cached.inc({ result }),
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
    patch: (seconds) => patches.observe(seconds),
    failure: (kind) => failures.inc({ kind }),
    childRestart: (reason) => restarts.inc({ reason }),
    modelResidency: (change, id) => residency.inc({ id, change }),
    modelsReload: (result) => reloads.inc({ result }),
    upload: (bytes) => uploads.observe(bytes),
    input: (voxels) => inputs.observe(voxels),
    studyDecided: (state, reason) => studies.inc({ state, reason }),
    studyDelivered: (seconds) => deliveries.observe(seconds),
    contentType: register.contentType,
    async exposition() {
      await readGauges()
      return register.metrics()
    },
  }
}
