/**
 * A result as a page to print (PDF): views, volumes, lesions, warnings with what to do. One A4 page, whatever there is to say: what
 * does not fit is counted there and stands in the report. The same result has the same bytes: no clock, no number drawn.
 */
import PDFDocument from 'pdfkit'
import { createCanvas } from '../picture/canvas.ts'
import { pageText } from '../picture/page-text.ts'
import { pngOf } from '../picture/png.ts'
import { viewsOf } from '../picture/views.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { headOf, INDENT, labelLines, lesionLines, type Page, type PageLine, warningBlocks } from './page-lines.ts'
import { viewedOf } from './picture-of.ts'

/** Points, 72 an inch. */
const A4 = { width: 595.28, height: 841.89 }
const MARGIN = 40
const WIDTH = A4.width - 2 * MARGIN
const GAP = 14
const VIEWS = { width: 300, height: 430 }
const FOOT = A4.height - MARGIN - 12
const WARNING_SIZES = [8, 7, 6, 5]
const SHOWN = { lesions: 2, unsure: 1 }
const RESEARCH_ONLY = 'Research use only. onelabel is not a medical device.'
const STYLE = { lineBreak: true, lineGap: 0 }

export async function reportPage(page: Page): Promise<Buffer> {
  const { labels, report, card } = page
  const info = { Title: 'onelabel: segmentation of a brain MRI', Producer: 'onelabel', Creator: 'onelabel' }
  // pdfkit numbers the file by these (PDF 1.7, 14.4) and must have a date, which is then kept out of what is written.
  const document = new PDFDocument({ size: 'A4', margin: 0, lang: 'en', info: { ...info, CreationDate: new Date(0) } })
  Object.defineProperty(document.info, 'CreationDate', { enumerable: false })
  const chunks: Buffer[] = []
  document.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise((resolve) => document.once('end', resolve))

  let y = MARGIN
  const write = (lines: readonly PageLine[], x: number, top: number, width: number): number => {
    let at = top
    for (const {
      text,
      size = 8,
      isBold = false,
      isFaint = false,
      right,
      colour,
      indent = colour ? INDENT : 0,
    } of lines) {
      document.font(isBold ? 'Helvetica-Bold' : 'Helvetica', size)
      const aside = right === undefined ? 0 : document.widthOfString(right) + 6
      const box = { ...STYLE, width: width - indent - aside }
      const written = pageText(text)
      const height = document.heightOfString(written, box)
      if (colour) document.rect(x, at, 7, 7).fill([...colour])
      document.fillColor(isFaint ? '#555555' : '#000000').text(written, x + indent, at, box)
      const atRight = { lineBreak: false, width: aside, align: 'right' as const }
      if (right !== undefined) document.text(right, x + width - aside, at, atRight)
      at += height + 1.5
    }
    return at
  }
  y = write(headOf(page, RESEARCH_ONLY), MARGIN, y, WIDTH) + 6

  const drawing = viewsOf(viewedOf(page), SHOWN)
  const canvas = createCanvas(drawing.width, drawing.height)
  drawing.draw(canvas, 0, 0)
  const scale = Math.min(VIEWS.width / canvas.width, VIEWS.height / canvas.height)
  document.image(pngOf(canvas), MARGIN, y, { width: canvas.width * scale, height: canvas.height * scale })
  const beside = MARGIN + canvas.width * scale + GAP
  const column = A4.width - MARGIN - beside
  const voxelMl = voxelVolumeMl(labels.affine)
  const below = write(labelLines(report, card.labels, voxelMl), beside, y, column) + 8
  const end = write(lesionLines(report, voxelMl), beside, below, column)
  y = Math.max(y + canvas.height * scale, end) + GAP

  write(fitting(warningBlocks(report), FOOT - 8 - y), MARGIN, y, WIDTH)
  write([{ text: RESEARCH_ONLY, isBold: true }], MARGIN, FOOT, WIDTH)
  document.end()
  await ended
  return Buffer.concat(chunks)

  /** In the largest letters in which all of it fits; else as many as fit in the smallest, and how many more there are. */
  function fitting(blocks: readonly (readonly PageLine[])[], height: number): readonly PageLine[] {
    for (const size of WARNING_SIZES) {
      const lines = blocks.flat().map((line) => ({ ...line, size }))
      if (heightOf(lines) <= height) return lines
    }
    const size = WARNING_SIZES.at(-1)!
    for (let count = blocks.length - 1; count > 0; count--) {
      const more = { text: `… and ${blocks.length - count} more: see the report`, isBold: true }
      const lines = [...blocks.slice(0, count).flat(), more].map((line) => ({ ...line, size }))
      if (heightOf(lines) <= height) return lines
    }
    return [{ text: 'Warnings: see the report', isBold: true }]
  }

  function heightOf(lines: readonly PageLine[]): number {
    return lines.reduce((sum, { text, size = 8, isBold = false }) => {
      document.font(isBold ? 'Helvetica-Bold' : 'Helvetica', size)
      return sum + document.heightOfString(pageText(text), { ...STYLE, width: WIDTH }) + 1.5
    }, 0)
  }
}
