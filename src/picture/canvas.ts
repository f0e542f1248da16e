/** A picture of red, green and blue bytes, pixel by pixel from the top left, and what is drawn on it. */
import { eachDot } from './glyphs.ts'

export interface Canvas {
  readonly width: number
  readonly height: number
  /** R, G, B of pixel (x, y) at 3 · (x + width · y). */
  readonly data: Uint8Array
}

export type Colour = readonly number[]

const BLACK: Colour = [0, 0, 0]
const RIM = [-1, 0, 1].flatMap((x) => [-1, 0, 1].map((y) => [x, y] as const))

export function createCanvas(width: number, height: number): Canvas {
  return { width, height, data: new Uint8Array(3 * width * height) }
}

/** Beyond the edges nothing is drawn. */
export function drawPixel({ width, height, data }: Canvas, x: number, y: number, colour: Colour): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return
  for (const [channel, value] of colour.entries()) data[3 * (x + width * y) + channel] = Math.round(value)
}

export function drawBox(canvas: Canvas, left: number, top: number, side: number, colour: Colour): void {
  for (let y = top; y < top + side; y++) for (let x = left; x < left + side; x++) drawPixel(canvas, x, y, colour)
}

/** Letters with a dark rim, so that they can be read on any grey. */
export function drawRimmed(canvas: Canvas, left: number, top: number, text: string, dot: number, colour: Colour): void {
  for (const [x, y] of RIM) drawText(canvas, left + x, top + y, text, dot, BLACK)
  drawText(canvas, left, top, text, dot, colour)
}

/** @param dot pixels along each side of a dot of the letters */
export function drawText(canvas: Canvas, left: number, top: number, text: string, dot: number, colour: Colour): void {
  eachDot(text, (x, y) => drawBox(canvas, left + dot * x, top + dot * y, dot, colour))
}
