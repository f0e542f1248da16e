/**
 * Axial slices side by side, labels laid over the scan, as a radiologist sees them: the patient's right is on the left, anterior
 * is up. Rows of the picture run to the patient's left, columns to posterior. Nothing is interpolated.
 */
import { greyIn, labelColour, windowOf } from '../labels/label-colour.ts'
import type { LabelSet } from '../labels/label-set.ts'
import { spacingMm } from '../volume/affine.ts'
import { boxAbove, widen } from '../volume/crop.ts'
import { type AxisMap, reorientGrid, toCanonical, walkOf } from '../volume/orientation.ts'
import type { LabelVolume, Shape, Volume } from '../volume/volume.ts'
import { type Canvas, drawPixel, drawText } from './sc-canvas.ts'

const COLUMNS = 5
const MOST_SLICES = 20
/** The longer side of a slice in the picture. */
const TILE_PIXELS = 224
const GAP = 4
const MARGIN_MM = 10
const LETTER_DOT = 2
const WHITE = [255, 255, 255]

export interface Overlaid {
  readonly scan: Pick<Volume<'scan'>, 'shape' | 'affine' | 'data'>
  /** On the grid of the scan. */
  readonly labels: LabelVolume
  readonly labelSet: LabelSet
  /** Values of labels that could not be assessed: they are not drawn. */
  readonly notAssessable?: readonly number[]
}

export interface Montage {
  readonly width: number
  readonly height: number
  /** Draws with its top left at (0, top). */
  readonly draw: (canvas: Canvas, top: number) => void
}

/** Indices along right, anterior and superior; `end` is not among them. */
interface Region {
  readonly start: Shape
  readonly end: Shape
}

export function montageOf({ scan, labels, labelSet, notAssessable = [] }: Overlaid): Montage {
  const axes = toCanonical(scan)
  const grid = reorientGrid(scan, axes)
  const spacing = spacingMm(grid.affine)
  const { offset, strides } = walkOf(scan.shape, axes)
  const labelled = regionOf(labels, axes)
  const margin = spacing.map((mm) => Math.ceil(MARGIN_MM / mm)) as [number, number, number]
  const { start, end } = widen(labelled, margin, grid.shape)
  const slices = spread(labelled.start[2], labelled.end[2])
  const [widthMm, heightMm] = [(end[0] - start[0]) * spacing[0], (end[1] - start[1]) * spacing[1]]
  const scale = TILE_PIXELS / Math.max(widthMm, heightMm)
  const [width, height] = [Math.ceil(widthMm * scale), Math.ceil(heightMm * scale)]
  const columns = Math.min(COLUMNS, slices.length)
  /** Offset of the voxel at a pixel of a slice. */
  const voxelAt = (x: number, y: number, k: number): number => {
    const i = end[0] - 1 - Math.floor((x * (end[0] - start[0])) / width)
    const j = end[1] - 1 - Math.floor((y * (end[1] - start[1])) / height)
    return offset + i * strides[0] + j * strides[1] + k * strides[2]
  }
  return {
    width: columns * (width + GAP) - GAP,
    height: Math.ceil(slices.length / columns) * (height + GAP) - GAP,
    draw: (canvas, top) => {
      const values = new Float32Array(slices.length * width * height)
      let shown = 0
      for (const k of slices) {
        for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) values[shown++] = scan.data[voxelAt(x, y, k)]!
      }
      const window = windowOf(values)
      shown = 0
      for (const [at, k] of slices.entries()) {
        const left = (at % columns) * (width + GAP)
        const above = top + Math.floor(at / columns) * (height + GAP)
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const label = labels.data[voxelAt(x, y, k)]!
            const drawn = notAssessable.includes(label) ? 0 : label
            drawPixel(canvas, left + x, above + y, labelColour(greyIn(window, values[shown++]!), drawn, labelSet))
          }
        }
        drawText(canvas, left + 2, above + 2, 'R', LETTER_DOT, WHITE)
      }
    },
  }
}

/** The box of all labels; of a map without any, the whole grid. */
function regionOf({ data, shape }: LabelVolume, { axes, flips }: AxisMap): Region {
  const { start, end } = boxAbove(data, shape, 0) ?? { start: [0, 0, 0], end: shape }
  const along = (canonical: 0 | 1 | 2): [number, number] => {
    const axis = axes[canonical] as 0 | 1 | 2
    return flips[canonical] ? [shape[axis] - end[axis], shape[axis] - start[axis]] : [start[axis], end[axis]]
  }
  const [i, j, k] = [along(0), along(1), along(2)]
  return { start: [i[0], j[0], k[0]], end: [i[1], j[1], k[1]] }
}

/** The middles of equal parts of start … end: of 40 slices and at most 20, every second one. */
function spread(start: number, end: number): number[] {
  const count = Math.min(MOST_SLICES, end - start)
  return Array.from({ length: count }, (_, at) => start + Math.floor(((at + 0.5) * (end - start)) / count))
}
