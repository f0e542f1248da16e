/** Segmentations of the service: listed, sent, watched, cancelled. Their documents are those of openapi.yaml. */

import type { Stage } from '../../src/inference/progress.ts'
import type { Report } from '../../src/inference/report.ts'
import { ask, askJson, csrfHeaders, type Problem, problemOf, Refusal, unreachable } from './request.ts'

export type State = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

export interface Job {
  readonly id: string
  readonly name?: string
  readonly state: State
  readonly model: string | null
  readonly created: string
  readonly started: string | null
  readonly ended: string | null
  readonly expires: string | null
  readonly queuePlace: number | null
  readonly progress: { readonly stage: Stage; readonly done: number; readonly total: number }
  readonly secondsLeft: number | null
  readonly report?: Report
  /** Channels of which the service kept the scan. */
  readonly scansKept?: readonly string[]
  /** When somebody corrected the map last. */
  readonly corrected?: string | null
  readonly problem?: Problem
}

export const jobPath = (id: string, rest = ''): string => `v1/segmentations/${encodeURIComponent(id)}${rest}`

export const isEnded = ({ state }: Pick<Job, 'state'>): boolean => state !== 'queued' && state !== 'running'

export async function listJobs(): Promise<readonly Job[]> {
  return (await askJson<{ jobs: readonly Job[] }>('v1/segmentations?limit=50')).jobs
}

export const getJob = (id: string): Promise<Job> => askJson<Job>(jobPath(id))

/** Cancels one that waits or runs; forgets one that has ended. */
export async function removeJob(id: string): Promise<void> {
  await ask(jobPath(id), { method: 'DELETE' })
}

/**
 * Sends scans. `fetch` does not tell how far an upload is, so this is an XMLHttpRequest.
 * @param onSent share of the bytes that are sent, 0 to 1
 * @throws Refusal as the service words it
 */
export function sendScans(form: FormData, onSent: (share: number) => void, signal: AbortSignal): Promise<Job> {
  const request = new XMLHttpRequest()
  request.open('POST', 'v1/segmentations')
  const headers = {
    Accept: 'application/json',
    Prefer: 'respond-async',
    'Idempotency-Key': crypto.randomUUID(),
    ...csrfHeaders(),
  }
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
  const { promise, resolve, reject } = Promise.withResolvers<Job>()
  request.upload.addEventListener('progress', ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0))
  request.addEventListener('load', () => {
    if (request.status >= 200 && request.status < 300) {
      const location = request.getResponseHeader('Location') ?? ''
      const id = location.split('/').at(-1) ?? ''
      getJob(id).then(resolve, reject)
    } else reject(new Refusal(problemOf(request.status, request.responseText)))
  })
  request.addEventListener('error', () => reject(new Refusal(unreachable())))
  request.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')))
  signal.addEventListener('abort', () => request.abort())
  request.send(form)
  return promise
}

/** One event of a job, on one level (JobEvent in openapi.yaml). */
export interface JobEvent extends Pick<Job, 'id' | 'state' | 'secondsLeft' | 'problem'> {
  readonly stage: Stage
  readonly done: number
  readonly total: number
}

/** Hears of a job until it has ended. @returns what stops it */
export function watchJob(id: string, onEvent: (event: JobEvent) => void): () => void {
  const source = new EventSource(jobPath(id, '/events'))
  const hear = ({ data }: MessageEvent<string>) => {
    const event = JSON.parse(data) as JobEvent
    onEvent(event)
    if (isEnded(event)) source.close()
  }
  source.addEventListener('progress', hear)
  source.addEventListener('state', hear)
  return () => source.close()
}
