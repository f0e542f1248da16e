/** A plane of a scan, its labels laid over it. */
import type { LabelSet } from '../labels/label-set.ts'
import { type Canvas, drawPixel } from './canvas.ts'
import { greyIn, labelColour, OPACITY, windowOf } from './label-colour.ts'
import type { Plane } from './plane.ts'

export interface Drawn {
  /** As stored, on the grid of the planes. */
  readonly scan: Float32Array
  /** The scan alone is drawn without. */
  readonly labels?: Uint8Array
  readonly labelSet: LabelSet
  /** Values of labels that are not drawn. */
  readonly hidden?: readonly number[]
  /** Scan values that are black and white. */
  readonly window: readonly [low: number, high: number]
  /** One opacity for all, where nothing else is asked for, and no outline. */
  readonly look?: Look
}

/** How much of a label's colour lies over the scan, 0 … 1: within, and along a line of one pixel just within its border. */
interface Tint {
  readonly fill: number
  readonly outline: number
}

export type Look = Readonly<Record<'tissue' | 'lesion', Tint>>

const FLAT: Look = { tissue: { fill: OPACITY, outline: OPACITY }, lesion: { fill: OPACITY, outline: OPACITY } }

/** With its top left at (left, top). */
export function drawPlane(canvas: Canvas, left: number, top: number, plane: Plane, drawn: Drawn): void {
  const { scan, labels, labelSet, hidden = [], window, look = FLAT } = drawn
  const { width, height } = plane
  const values = new Uint8Array(width * height)
  const shown = Uint8Array.from({ length: 256 }, (_, value) => (hidden.includes(value) ? 0 : value))
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) values[at] = labels === undefined ? 0 : shown[labels[plane.voxelAt(x, y)]!]!
  }
  const isEdge = (at: number, x: number, y: number): boolean => {
    const value = values[at]
    const differs = (isWithin: boolean, other: number) => isWithin && values[other] !== value
    return (
      differs(x > 0, at - 1) ||
      differs(x < width - 1, at + 1) ||
      differs(y > 0, at - width) ||
      differs(y < height - 1, at + width)
    )
  }
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const grey = greyIn(window, scan[plane.voxelAt(x, y)]!)
      const value = values[at]!
      const tint = look[labelSet[value]?.kind === 'lesion' ? 'lesion' : 'tissue']
      const isLine = value !== 0 && tint.outline !== tint.fill && isEdge(at, x, y)
      drawPixel(canvas, left + x, top + y, labelColour(grey, value, labelSet, isLine ? tint.outline : tint.fill))
    }
  }
}

/** A window for these planes together: by what they show, not by the rest of the scan. */
export function windowOfPlanes(planes: readonly Plane[], scan: Float32Array): [number, number] {
  const values = new Float32Array(planes.reduce((sum, { width, height }) => sum + width * height, 0))
  let at = 0
  for (const { width, height, voxelAt } of planes) {
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) values[at++] = scan[voxelAt(x, y)]!
  }
  return windowOf(values)
}
