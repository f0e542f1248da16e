/** A comparison as one page to print (PDF): pairs of planes through the largest changes, volumes, lesions, warnings with what to do. */
import { createCanvas } from '../picture/canvas.ts'
import { millilitresOf } from '../picture/sheet.ts'
import { changeTexts, fateLines, type PicturedComparison, pairsDrawing } from './comparison-picture.ts'
import { type ComparisonReport, midwayVoxelMl } from './comparison-report.ts'
import { DATES } from './dates.ts'
import { placeOf, warningBlocks } from './page-lines.ts'
import { FOOT, fitting, INDENT, MARGIN, openSheet, type PageLine, RESEARCH_ONLY, WIDTH } from './sheet-of-paper.ts'

const GAP = 14
const VIEWS = { width: 300, height: 430 }
const MOST_PAIRS = 2
const MOST_LISTED = 8

export async function comparisonPage(pictured: PicturedComparison): Promise<Buffer> {
  const { report, card } = pictured
  const sheet = openSheet('onelabel: two dates of a brain MRI')
  let y = sheet.write(headOf(report, card.title), MARGIN, MARGIN, WIDTH) + 6
  const drawing = pairsDrawing(pictured, MOST_PAIRS)
  const canvas = createCanvas(drawing.width, drawing.height)
  drawing.draw(canvas, 0, 0)
  const { width, height } = sheet.image(canvas, MARGIN, y, VIEWS)
  const beside = MARGIN + width + GAP
  const column = MARGIN + WIDTH - beside
  const below = sheet.write(volumeLines(report), beside, y, column) + 8
  const end = sheet.write(lesionLines(report), beside, below, column)
  y = Math.max(y + height, end) + GAP
  sheet.write(fitting(sheet, warningBlocks(report), FOOT - 8 - y), MARGIN, y, WIDTH)
  return sheet.end()
}

function headOf({ model, input, usedChannels, alignment }: ComparisonReport, title: string): PageLine[] {
  return [
    { text: 'Two dates of a brain MRI', size: 16, isBold: true },
    { text: RESEARCH_ONLY, size: 10, isBold: true },
    ...DATES.flatMap((date) =>
      Object.entries(input[date]).map(([channel, { shape, spacingMm, orientation, sha256 }]) => {
        const spacing = spacingMm.map((mm) => Number(mm.toFixed(3))).join(' × ')
        const use = usedChannels.includes(channel) ? '' : '; not used'
        return {
          text: `${date}, ${channel}: ${shape.join(' × ')} voxels of ${spacing} mm, ${orientation}, SHA-256 ${sha256.slice(0, 16)}…${use}`,
        }
      }),
    ),
    {
      text: `Both dates were carried half-way to each other (${alignment.carriedMm.toFixed(1)} mm between them) and measured on one grid there.`,
    },
    { text: `Model ${model.id} ${model.version}: ${title}; weights SHA-256 ${model.sha256.slice(0, 16)}…` },
  ]
}

function volumeLines(report: ComparisonReport): PageLine[] {
  const voxelMl = midwayVoxelMl(report)
  const changes = [...report.labels, ...(report.ventricles === null ? [] : [report.ventricles])]
  return [
    { text: 'Volumes, before to after', size: 10, isBold: true },
    ...changes.flatMap((change): PageLine[] => {
      const { volumes, percent } = changeTexts(change, voxelMl)
      const below = { size: 7, isFaint: true, indent: INDENT }
      return [
        { text: change.name },
        ...[volumes, percent].filter((text) => text !== '').map((text) => ({ text, ...below })),
      ]
    }),
  ]
}

function lesionLines(report: ComparisonReport): PageLine[] {
  const { lesions, labels } = report
  const voxelMl = midwayVoxelMl(report)
  const changed = (lesions?.changes ?? []).filter(({ fate }) => fate !== 'unchanged')
  const listed = changed
    .slice(0, MOST_LISTED)
    .flatMap(({ label, fate, beforeMl, afterMl, centroidMm }, at): PageLine[] => [
      {
        text: `${at + 1}. ${fate} ${labels.find(({ value }) => value === label)!.name}`,
        right: `${millilitresOf(beforeMl, voxelMl)} to ${millilitresOf(afterMl, voxelMl)}`,
        size: 7,
      },
      { text: `half-way at ${placeOf(centroidMm)}`, size: 6, isFaint: true },
    ])
  const more = changed.length - MOST_LISTED
  return [
    { text: 'Lesions', size: 10, isBold: true },
    ...fateLines(lesions),
    ...listed,
    ...(more > 0 ? [{ text: `… and ${more} more: see the report`, size: 7 }] : []),
  ]
}
