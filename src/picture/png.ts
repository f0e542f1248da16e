/** A picture as a PNG file: 8 bits each of red, green and blue. The same picture has the same bytes. */
import { PNG } from 'pngjs'
import type { Canvas } from './canvas.ts'

const RGB = 2

export function pngOf({ width, height, data }: Canvas): Buffer {
  const png = new PNG({ width, height, colorType: RGB, inputColorType: RGB, inputHasAlpha: false })
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return PNG.sync.write(png, { colorType: RGB, inputColorType: RGB, inputHasAlpha: false })
}
