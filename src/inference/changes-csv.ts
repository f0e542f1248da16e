/** What became of each lesion, one a line (RFC 4180): a header, then the largest first. */
import type { LabelSet } from '../labels/label-set.ts'
import { decimalsOf } from '../measure/decimals.ts'
import { type ComparisonReport, midwayVoxelMl } from './comparison-report.ts'

const HEADER = [
  ...['label', 'fate', 'lesions_before', 'lesions_after', 'before_ml', 'after_ml', 'change_ml', 'noise_ml'],
  ...['midway_r_mm', 'midway_a_mm', 'midway_s_mm', 'before_r_mm', 'before_a_mm', 'before_s_mm'],
  ...['after_r_mm', 'after_a_mm', 'after_s_mm', 'seen'],
]

/** Only the header where the scans show no lesion label. Volumes have the digits of the report. */
export function changesCsv({ lesions, grid }: Pick<ComparisonReport, 'lesions' | 'grid'>, labels: LabelSet): string {
  const decimals = decimalsOf(midwayVoxelMl({ grid }))
  const lines = (lesions?.changes ?? []).map((change) => {
    const { label, fate, lesionsBefore, lesionsAfter, beforeMl, afterMl, noiseMl } = change
    const mm = [...change.centroidMm, ...change.beforeMm, ...change.afterMm].map((value) => (value + 0).toFixed(1))
    const ml = [beforeMl, afterMl, afterMl - beforeMl, noiseMl].map((value) => value.toFixed(decimals))
    return [quoted(labels[label]!.name), fate, lesionsBefore, lesionsAfter, ...ml, ...mm, change.seen]
  })
  return [HEADER, ...lines].map((fields) => `${fields.join(',')}\r\n`).join('')
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
