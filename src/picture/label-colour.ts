/** How a label map is drawn over its scan. */
import type { LabelSet } from '../labels/label-set.ts'

/** The opacity of a colour over its scan, where no other is asked for. */
export const OPACITY = 0.55
const BRIGHT_QUANTILE = 0.995

/** The label's colour laid over a grey of 0..255; background stays grey. */
export function labelColour(grey: number, label: number, labelSet: LabelSet, opacity = OPACITY): readonly number[] {
  return label === 0 ? [grey, grey, grey] : labelSet[label]!.color.map((c) => grey * (1 - opacity) + c * opacity)
}

/** Scan values drawn black and white: the least, and the 99.5 % quantile. */
export function windowOf(image: Float32Array): [number, number] {
  const sorted = image.toSorted()
  const high = sorted[Math.floor(BRIGHT_QUANTILE * (sorted.length - 1))]!
  return [sorted[0]!, high > sorted[0]! ? high : sorted[0]! + 1]
}

/** The grey, 0..255, of a scan value in such a window. */
export function greyIn([low, high]: readonly [number, number], value: number): number {
  return 255 * Math.min(1, Math.max(0, (value - low) / (high - low)))
}
