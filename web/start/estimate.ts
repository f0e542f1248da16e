/** How long a scan may take here: as long as earlier ones of the same model did, by the size of what they show. Nothing is invented. */
import type { Head } from '../scan/head.ts'
import type { Job } from '../server/jobs.ts'

export interface Estimate {
  readonly seconds: number
  /** How many earlier results it rests on. */
  readonly from: number
}

/** Null where nothing was computed here by this model yet. @param heads of the scans that would be sent */
export function estimateOf(heads: readonly Head[], modelId: string, jobs: readonly Job[]): Estimate | null {
  const largest = Math.max(...heads.map(({ shape, spacingMm }) => litres(shape, spacingMm)))
  const paces = jobs.flatMap(({ report }) => {
    if (report === undefined || report.model.id !== modelId) return []
    const size = Math.max(...Object.values(report.input).map(({ shape, spacingMm }) => litres(shape, spacingMm)))
    return [report.timingsMs.total / 1000 / size]
  })
  if (paces.length === 0 || heads.length === 0) return null
  const sorted = paces.toSorted((a, b) => a - b)
  return { seconds: largest * sorted[Math.floor(sorted.length / 2)]!, from: paces.length }
}

/** Of the box that a scan covers. */
function litres(shape: readonly number[], spacingMm: readonly number[]): number {
  return shape.reduce((product, n, axis) => product * n * spacingMm[axis]!, 1) / 1e6
}
