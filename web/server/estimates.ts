/** What a segmentation would take, by the headers of its scans: the service knows how long others took and what it has. */
import type { Head } from '../scan/head.ts'
import { askJson } from './request.ts'

export interface Estimate {
  /** Null where nothing like it was computed there yet. */
  readonly seconds: number | null
  /** How many jobs that rests on. */
  readonly ofJobs: number
  /** The peak memory of the service. */
  readonly peakMib: number | null
  /** Jobs that wait before it. */
  readonly waiting: number
}

/** @param heads channel → header */
export function estimate(model: string, heads: Readonly<Record<string, Head>>, signal: AbortSignal): Promise<Estimate> {
  const query = new URLSearchParams({ model })
  for (const [channel, { shape, spacingMm }] of Object.entries(heads)) {
    query.set(channel, `${shape.join('x')}@${spacingMm.map((mm) => Number(mm.toFixed(4))).join('x')}`)
  }
  return askJson<Estimate>(`v1/estimates?${query}`, { signal })
}
