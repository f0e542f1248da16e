/** A comparison as `onelabel compare` prints it. */
import { changeTexts } from '../inference/comparison-picture.ts'
import { type ComparisonReport, midwayVoxelMl, type VolumeChange } from '../inference/comparison-report.ts'

/** Lines with their ends. */
export function comparisonSummary({ warnings, labels, ventricles, lesions, grid }: ComparisonReport): string {
  const voxelMl = midwayVoxelMl({ grid })
  const lines = [
    ...warnings.flatMap(({ code, message, means, todo }) => [
      `warning: ${message} (${code})`,
      `  ${means}`,
      `  → ${todo}`,
    ]),
    ...[...labels, ...(ventricles === null ? [] : [ventricles])].map((change) => volumeLine(change, voxelMl)),
    lesionLine(lesions),
  ]
  return `${lines.join('\n')}\n`
}

function volumeLine(change: VolumeChange, voxelMl: number): string {
  const { volumes, percent } = changeTexts(change, voxelMl)
  return `${change.name.padEnd(28)}${volumes}${percent === '' ? '' : `  ${percent}`}`
}

function lesionLine(lesions: ComparisonReport['lesions']): string {
  if (lesions === null) return 'lesions: not assessable'
  const counts = Object.entries(lesions.count).filter(([, count]) => count > 0)
  return counts.length === 0 ? 'lesions: none' : `lesions: ${counts.map(([fate, n]) => `${n} ${fate}`).join(', ')}`
}
