/** What is to be looked at of a comparison: pairs of planes through what changed, with what was measured. */

import { FATE_LABELS, FATES, fateValue } from '../measure/fate-labels.ts'
import type { Card } from '../model/card.ts'
import type { Canvas } from '../picture/canvas.ts'
import { type Paired, pairsOf } from '../picture/pairs.ts'
import { type Drawing, type LegendLine, millilitresOf, sheetOf } from '../picture/sheet.ts'
import type { BuiltComparison, ShownChange } from './build-comparison.ts'
import { type ComparisonReport, midwayVoxelMl, type VolumeChange } from './comparison-report.ts'

export interface PicturedComparison extends Pick<BuiltComparison, 'report' | 'shown'> {
  /** Half-way, before and after. */
  readonly dates: Paired['dates']
  readonly brain: Paired['brain']
  readonly card: Pick<Card, 'labels' | 'title'>
}

export function comparisonPicture(pictured: PicturedComparison): Canvas {
  return sheetOf(pairsDrawing(pictured), legendOf(pictured.report))
}

/** Exported for the page to print. @param most pairs */
export function pairsDrawing({ report, shown, dates, brain }: PicturedComparison, most = shown.length): Drawing {
  const voxelMl = midwayVoxelMl(report)
  const places = shown
    .slice(0, most)
    .map(({ change, voxel }) => ({ caption: captionOf(change, report.labels, voxelMl), voxel }))
  return pairsOf({ dates, brain, places })
}

/** 'grown white matter hyperintensity, 0.250 mL to 1.000 mL' */
function captionOf(
  { fate, label, beforeMl, afterMl }: ShownChange['change'],
  labels: ComparisonReport['labels'],
  voxelMl: number,
): string {
  const name = labels.find(({ value }) => value === label)!.name
  return `${fate} ${name}, ${millilitresOf(beforeMl, voxelMl)} to ${millilitresOf(afterMl, voxelMl)}`
}

function legendOf({ labels, ventricles, lesions, warnings, model, grid }: ComparisonReport): LegendLine[] {
  const voxelMl = midwayVoxelMl({ grid })
  return [
    ...fateLines(lesions),
    ...[...labels, ...(ventricles === null ? [] : [ventricles])].flatMap((change) => {
      const { volumes, percent } = changeTexts(change, voxelMl)
      return [{ text: `${change.name}: ${volumes}` }, ...(percent === '' ? [] : [{ text: `  ${percent}` }])]
    }),
    ...(warnings.length === 0 ? [] : [{ text: `warnings: ${warnings.map(({ code }) => code).join(', ')}` }]),
    { text: `onelabel ${model.id} ${model.version}` },
  ]
}

/** One a fate that there is, with its colour in the picture. */
export function fateLines(
  lesions: ComparisonReport['lesions'],
): { readonly text: string; readonly colour?: [number, number, number] }[] {
  if (lesions === null) return [{ text: 'lesions: not assessable' }]
  const found = FATES.filter((fate) => lesions.count[fate] > 0)
  if (found.length === 0) return [{ text: 'no lesions' }]
  return found.map((fate) => ({
    text: `${fate}: ${lesions.count[fate]}`,
    colour: FATE_LABELS[fateValue(fate)]!.color,
  }))
}

/** '20.000 mL to 30.000 mL' and '+50.0 % (noise 18 %)' */
export function changeTexts(
  { beforeMl, afterMl, ...change }: VolumeChange,
  voxelMl: number,
): { readonly volumes: string; readonly percent: string } {
  const { changePercent, noisePercent, isBeyondNoise } = change
  if (beforeMl === null || afterMl === null) return { volumes: 'not assessable', percent: '' }
  const volumes = `${millilitresOf(beforeMl, voxelMl)} to ${millilitresOf(afterMl, voxelMl)}`
  const percent = changePercent === null ? [] : [`${changePercent < 0 ? '' : '+'}${changePercent.toFixed(1)} %`]
  const noise = noisePercent === null ? [] : [`(noise ${noisePercent} %${isBeyondNoise ? '' : ': no change'})`]
  return { volumes, percent: [...percent, ...noise].join(' ') }
}
