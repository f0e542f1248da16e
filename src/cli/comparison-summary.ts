/** A comparison as `onelabel compare` prints it. */
import type { ComparisonReport, VolumeChange } from '../inference/comparison-report.ts'

/** Lines with their ends. */
export function comparisonSummary({ warnings, labels, ventricles, lesions }: ComparisonReport): string {
  const lines = [
    ...warnings.flatMap(({ code, message, means, todo }) => [
      `warning: ${message} (${code})`,
      `  ${means}`,
      `  → ${todo}`,
    ]),
    ...[...labels, ...(ventricles === null ? [] : [ventricles])].map(volumeLine),
    lesionLine(lesions),
  ]
  return `${lines.join('\n')}\n`
}

function volumeLine({ name, beforeMl, afterMl, changePercent, noisePercent, isBeyondNoise }: VolumeChange): string {
  if (beforeMl === null || afterMl === null) return `${name.padEnd(28)}not assessable`
  const volumes = `${beforeMl.toFixed(2).padStart(10)} → ${afterMl.toFixed(2)} mL`
  const change = changePercent === null ? '' : `  ${changePercent < 0 ? '' : '+'}${changePercent.toFixed(1)} %`
  const noise = noisePercent === null ? '' : ` (noise ${noisePercent} %${isBeyondNoise ? '' : ': no change'})`
  return `${name.padEnd(28)}${volumes}${change}${noise}`
}

function lesionLine(lesions: ComparisonReport['lesions']): string {
  if (lesions === null) return 'lesions: not assessable'
  const counts = Object.entries(lesions.count).filter(([, count]) => count > 0)
  return counts.length === 0 ? 'lesions: none' : `lesions: ${counts.map(([fate, n]) => `${n} ${fate}`).join(', ')}`
}
