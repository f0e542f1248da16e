/** Comparisons of two dates: jobs of a second kind. */
import type { ComparisonReport } from '../../src/inference/comparison-report.ts'
import { isEnded, type Job, type JobEvent } from './jobs.ts'
import { ask, askJson } from './request.ts'

export interface Comparison extends Omit<Job, 'report' | 'corrected'> {
  readonly report?: ComparisonReport
}

export const comparisonPath = (id: string, rest = ''): string => `v1/comparisons/${encodeURIComponent(id)}${rest}`

export async function listComparisons(): Promise<readonly Comparison[]> {
  return (await askJson<{ comparisons: readonly Comparison[] }>('v1/comparisons?limit=50')).comparisons
}

export const getComparison = (id: string): Promise<Comparison> => askJson<Comparison>(comparisonPath(id))

/** Compares two segmentations whose scans were kept. @throws Refusal, `scans-not-kept` among others */
export function compareJobs(before: string, after: string, name: string): Promise<Comparison> {
  return askJson<Comparison>('v1/comparisons', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Prefer: 'respond-async' },
    body: JSON.stringify({ before, after, ...(name !== '' && { name }) }),
  })
}

/** Cancels one that runs; forgets one that has ended. */
export async function removeComparison(id: string): Promise<void> {
  await ask(comparisonPath(id), { method: 'DELETE' })
}

/** As watchJob(). */
export function watchComparison(id: string, onEvent: (event: JobEvent) => void): () => void {
  const source = new EventSource(comparisonPath(id, '/events'))
  const hear = ({ data }: MessageEvent<string>) => {
    const event = JSON.parse(data) as JobEvent
    onEvent(event)
    if (isEnded(event)) source.close()
  }
  source.addEventListener('progress', hear)
  source.addEventListener('state', hear)
  return () => source.close()
}
