/** A report as `onelabel segment` prints it. */
import type { LabelReport, Report } from '../inference/report.ts'

/** Lines with their ends; a warning has three: what was seen, what it means, what to do. */
export function summaryOf(
  { labels, lesions, device, timingsMs, warnings }: Report,
  deviceReason: string | undefined,
): string {
  const lines = [
    ...warnings.flatMap(({ code, message, means, todo }) => [
      `warning: ${message} (${code})`,
      `  ${means}`,
      `  → ${todo}`,
    ]),
    ...labels.slice(1).map(labelLine),
    lesionLine(lesions),
    `${(timingsMs.total / 1000).toFixed(1)} s on ${device}${deviceReason === undefined ? '' : ` (${deviceReason})`}`,
  ]
  return `${lines.join('\n')}\n`
}

function labelLine({ name, volumeMl, reliability, confidence }: LabelReport): string {
  if (volumeMl === null) return `${name.padEnd(28)}not assessable`
  const sure = confidence === undefined ? '' : `  mean confidence ${confidence.toFixed(2)}`
  return `${name.padEnd(28)}${volumeMl.toFixed(2).padStart(10)} mL${sure}${reliability === 'low' ? '  low reliability' : ''}`
}

function lesionLine({ count, largestMl }: Report['lesions']): string {
  if (count === null || largestMl === null) return 'lesions: not assessable'
  return `lesions: ${count}, the largest ${largestMl.toFixed(2)} mL`
}
