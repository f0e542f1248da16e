/** A picture for a page: first fewer shades, then fewer pixels, until its file is as small as is wanted. */
import { PNG } from 'pngjs'
import { type Canvas, createCanvas } from '../../src/picture/canvas.ts'
import { pngOf } from '../../src/picture/png.ts'

/** Shades that are multiples of so much; noise takes most of a picture's bytes, and is hardly seen at 8. */
const STEPS = [8, 16] as const

/** @returns the picture as it is where it is small enough, else a PNG of at most `maxBytes` */
export function smallPicture(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length <= maxBytes) return bytes
  const picture = PNG.sync.read(bytes)
  for (let every = 1; every <= Math.min(picture.width, picture.height); every++) {
    for (const step of STEPS) {
      const small = pngOf(averaged(picture, every, step))
      if (small.length <= maxBytes) return small
    }
  }
  throw new Error(`no picture of ${picture.width} × ${picture.height} pixels takes ${maxBytes} bytes or less`)
}

/** Means of `every` × `every` pixels, rounded to multiples of `step`; what is left over at the right and below is cut off. */
function averaged({ width, height, data }: PNG, every: number, step: number): Canvas {
  const canvas = createCanvas(Math.floor(width / every), Math.floor(height / every))
  for (let y = 0, at = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      for (let channel = 0; channel < 3; channel++, at++) {
        let sum = 0
        for (let row = 0; row < every; row++)
          for (let column = 0; column < every; column++)
            sum += data[4 * (every * x + column + width * (every * y + row)) + channel]!
        canvas.data[at] = Math.min(255, step * Math.round(sum / (every * every * step)))
      }
    }
  }
  return canvas
}
