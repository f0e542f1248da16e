/** A report as `onelabel segment` prints it. */
import type { LabelReport, Report } from '../inference/report.ts'
import { decimalsOf } from '../measure/decimals.ts'

/** Lines with their ends; a warning has three: what was seen, what it means, what to do. */
export function summaryOf(
  { labels, lesions, device, timingsMs, warnings, input, gridChannel }: Report,
  deviceReason: string | undefined,
): string {
  const voxelMm3 = input[gridChannel]!.spacingMm.reduce((product, mm) => product * mm, 1)
  const millilitres: Millilitres = (ml) => ml.toFixed(decimalsOf(voxelMm3 / 1000))
  const lines = [
    ...warnings.flatMap(({ code, message, means, todo }) => [
      `warning: ${message} (${code})`,
      `  ${means}`,
      `  → ${todo}`,
    ]),
    ...labels.slice(1).map((label) => labelLine(label, millilitres)),
    lesionLine(lesions, millilitres),
    `${(timingsMs.total / 1000).toFixed(1)} s on ${device}${deviceReason === undefined ? '' : ` (${deviceReason})`}`,
  ]
  return `${lines.join('\n')}\n`
}

/** As many decimals as the report has. */
type Millilitres = (ml: number) => string

function labelLine({ name, volumeMl, reliability, confidence }: LabelReport, millilitres: Millilitres): string {
  if (volumeMl === null) return `${name.padEnd(28)}not assessable`
  const sure = confidence === undefined ? '' : `  mean confidence ${confidence.toFixed(2)}`
  return `${name.padEnd(28)}${millilitres(volumeMl).padStart(10)} mL${sure}${reliability === 'low' ? '  low reliability' : ''}`
}

function lesionLine({ count, largestMl }: Report['lesions'], millilitres: Millilitres): string {
  if (count === null || largestMl === null) return 'lesions: not assessable'
  return `lesions: ${count}, the largest ${millilitres(largestMl)} mL`
}
