/**
 * A result as a page to print (PDF): views, volumes, lesions, warnings with what to do. One A4 page, whatever there is to say: what
 * does not fit is counted there and stands in the report.
 */
import { createCanvas } from '../picture/canvas.ts'
import { viewsOf } from '../picture/views.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { headOf, labelLines, lesionLines, type Page, warningBlocks } from './page-lines.ts'
import { viewedOf } from './picture-of.ts'
import { FOOT, fitting, MARGIN, openSheet, RESEARCH_ONLY, WIDTH } from './sheet-of-paper.ts'

const GAP = 14
const VIEWS = { width: 300, height: 430 }
const SHOWN = { lesions: 2, unsure: 1 }

export async function reportPage(page: Page): Promise<Buffer> {
  const { labels, report, card } = page
  const sheet = openSheet('onelabel: segmentation of a brain MRI')
  let y = sheet.write(headOf(page, RESEARCH_ONLY), MARGIN, MARGIN, WIDTH) + 6
  const drawing = viewsOf(viewedOf(page), SHOWN)
  const canvas = createCanvas(drawing.width, drawing.height)
  drawing.draw(canvas, 0, 0)
  const { width, height } = sheet.image(canvas, MARGIN, y, VIEWS)
  const beside = MARGIN + width + GAP
  const column = MARGIN + WIDTH - beside
  const voxelMl = voxelVolumeMl(labels.affine)
  const below = sheet.write(labelLines(report, card.labels, voxelMl), beside, y, column) + 8
  const end = sheet.write(lesionLines(report, voxelMl), beside, below, column)
  y = Math.max(y + height, end) + GAP
  sheet.write(fitting(sheet, warningBlocks(report), FOOT - 8 - y), MARGIN, y, WIDTH)
  return sheet.end()
}
