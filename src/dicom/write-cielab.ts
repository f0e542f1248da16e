/**
 * sRGB → CIELab as DICOM stores colours (PS3.3, C.10.7.1.1): L 0 … 100, a and b −128 … 127, each over the whole range of 16
 * bits. The white is D65, as in the readers' own code (dcmjs, pixelmed, highdicom), so that they show the colour of the card.
 */

/** IEC 61966-2-1: linear sRGB → XYZ, rows X, Y, Z. */
const TO_XYZ = [
  [0.4124, 0.3576, 0.1805],
  [0.2126, 0.7152, 0.0722],
  [0.0193, 0.1192, 0.9505],
] as const
const WHITE = [0.95047, 1, 1.08883] as const

/** @param rgb 0 … 255 */
export function cielabOf(rgb: readonly number[]): [l: number, a: number, b: number] {
  const linear = rgb.map((value) => {
    const share = value / 255
    return share > 0.04045 ? ((share + 0.055) / 1.055) ** 2.4 : share / 12.92
  })
  const [x, y, z] = TO_XYZ.map((row, axis) => {
    const relative = row.reduce((sum, weight, at) => sum + weight * linear[at]!, 0) / WHITE[axis]!
    return relative > 216 / 24389 ? Math.cbrt(relative) : ((24389 / 27) * relative + 16) / 116
  }) as [number, number, number]
  const coded = (value: number, low: number, high: number): number =>
    Math.round((65535 * (Math.min(high, Math.max(low, value)) - low)) / (high - low))
  return [coded(116 * y - 16, 0, 100), coded(500 * (x - y), -128, 127), coded(200 * (y - z), -128, 127)]
}
