/** One A4 page of a PDF, written from the top: lines, pictures. It states no time, so that the same result has the same bytes. */
import PDFDocument from 'pdfkit'
import type { Canvas } from '../picture/canvas.ts'
import { pageText } from '../picture/page-text.ts'
import { pngOf } from '../picture/png.ts'

/** Points, 72 an inch. */
const A4 = { width: 595.28, height: 841.89 }
export const MARGIN = 40
export const WIDTH = A4.width - 2 * MARGIN
/** Where the last line begins. */
export const FOOT = A4.height - MARGIN - 12
export const RESEARCH_ONLY = 'Research use only. onelabel is not a medical device.'
const STYLE = { lineBreak: true, lineGap: 0 }
const BETWEEN = 1.5
/** The width of a square before a line and of the space after it. */
export const INDENT = 11

export interface PageLine {
  readonly text: string
  /** Points; 8 when absent. */
  readonly size?: number
  readonly isBold?: boolean
  readonly isFaint?: boolean
  /** The colour of a square before the line: red, green and blue, 0 … 255. */
  readonly colour?: readonly [number, number, number]
  /** From the left, points; with a square as much as it takes. */
  readonly indent?: number
  /** At the right end of the line. */
  readonly right?: string
}

export interface Sheet {
  /** @returns where the next line begins */
  write(lines: readonly PageLine[], x: number, top: number, width: number): number
  /** As large as fits in the box. @returns how large it is */
  image(canvas: Canvas, x: number, top: number, most: Size): Size
  /** The height of lines that are as wide as the page. */
  heightOf(lines: readonly PageLine[]): number
  /** With its last line. */
  end(): Promise<Buffer>
}

interface Size {
  readonly width: number
  readonly height: number
}

export function openSheet(title: string): Sheet {
  const info = { Title: title, Producer: 'onelabel', Creator: 'onelabel' }
  // pdfkit numbers the file by these (PDF 1.7, 14.4) and must have a date, which is then kept out of what is written.
  const document = new PDFDocument({ size: 'A4', margin: 0, lang: 'en', info: { ...info, CreationDate: new Date(0) } })
  Object.defineProperty(document.info, 'CreationDate', { enumerable: false })
  const chunks: Buffer[] = []
  document.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise((resolve) => document.once('end', resolve))

  const write: Sheet['write'] = (lines, x, top, width) => {
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
      at += height + BETWEEN
    }
    return at
  }

  return {
    write,
    image(canvas, x, top, most) {
      const scale = Math.min(most.width / canvas.width, most.height / canvas.height)
      const size = { width: canvas.width * scale, height: canvas.height * scale }
      document.image(pngOf(canvas), x, top, size)
      return size
    },
    heightOf: (lines) =>
      lines.reduce((sum, { text, size = 8, isBold = false }) => {
        document.font(isBold ? 'Helvetica-Bold' : 'Helvetica', size)
        return sum + document.heightOfString(pageText(text), { ...STYLE, width: WIDTH }) + BETWEEN
      }, 0),
    async end() {
      write([{ text: RESEARCH_ONLY, isBold: true }], MARGIN, FOOT, WIDTH)
      document.end()
      await ended
      return Buffer.concat(chunks)
    },
  }
}

const WARNING_SIZES = [8, 7, 6, 5]

/** In the largest letters in which all of it fits; else as many as fit in the smallest, and how many more there are. */
export function fitting(
  { heightOf }: Pick<Sheet, 'heightOf'>,
  blocks: readonly (readonly PageLine[])[],
  height: number,
): readonly PageLine[] {
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
