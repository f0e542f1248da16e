/**
 * What Prometheus reads at /metrics. Base units (seconds, bytes), low-cardinality labels (a route is its pattern,
 * never a path with an id), buckets to 600 s because a CPU answer takes minutes. One Registry an app.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Stage } from '../inference/progress.ts'

const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600]
const MIB = 2 ** 20

/** prom-client's gauges that end in _total; promtool calls that an error, and each has a cleanly named sibling. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

export interface ServedModel {
  readonly id: string
  readonly version: string
  readonly sha256: string
  readonly device: string
}

/** What the gauges are read from, at the moment of the scrape. */
export interface Observed {
  jobs(): { readonly queued: number; readonly running: number }
  /** Empty until the service is ready. */
  models(): readonly ServedModel[]
}

export interface Metrics {
  httpRequest(labels: { method: string; route: string; status: string }, seconds: number): void
  stage(stage: Stage, seconds: number): void
  patch(seconds: number): void
  failure(kind: string): void
  childRestart(reason: string): void
  upload(bytes: number): void
  input(voxels: number): void
  readonly contentType: string
  exposition(): Promise<string>
}

/** A registry of its own, with the default process metrics; gauges are read from `observed` at each scrape. */
export function createMetrics(observed: Observed): Metrics {
  const register = new Registry()
  collectDefaultMetrics({ register })
  for (const name of MISNAMED) register.removeSingleMetric(name)
  const registers = [register]
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[], buckets = SECONDS) =>
    new Histogram({ name: `onelabel_${name}`, help, labelNames, buckets, registers })

  const http = histogram('http_request_duration_seconds', 'Time from request line to the last byte of the answer.', [
    'method',
    'route',
    'status',
  ] as const)
  const stages = histogram('stage_duration_seconds', 'Time of one stage of one segmentation.', ['stage'] as const)
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
  const failures = new Counter({
    name: 'onelabel_failures_total',
    help: 'Requests and jobs that failed, by problem code.',
    labelNames: ['kind'] as const,
    registers,
  })
  const restarts = new Counter({
    name: 'onelabel_child_restarts_total',
    help: 'Compute processes started again, by why the last one ended.',
    labelNames: ['reason'] as const,
    registers,
  })
  gauge('onelabel_jobs_queued', 'Jobs waiting.', () => observed.jobs().queued)
  gauge('onelabel_jobs_running', 'Jobs being computed.', () => observed.jobs().running)
  gauge('onelabel_ready', '1 when the golden case was reproduced and jobs are taken.', () =>
    observed.models().length > 0 ? 1 : 0,
  )
  new Gauge({
    name: 'onelabel_model_info',
    help: 'Models served, on the device really used; always 1.',
    labelNames: ['id', 'version', 'sha256', 'device'] as const,
    registers,
    collect() {
      this.reset()
      for (const { id, version, sha256, device } of observed.models()) this.set({ id, version, sha256, device }, 1)
    },
  })

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }

  return {
    httpRequest: (labels, seconds) => http.observe(labels, seconds),
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
    patch: (seconds) => patches.observe(seconds),
    failure: (kind) => failures.inc({ kind }),
    childRestart: (reason) => restarts.inc({ reason }),
    upload: (bytes) => uploads.observe(bytes),
    input: (voxels) => inputs.observe(voxels),
    contentType: register.contentType,
    exposition: () => register.metrics(),
  }
}
