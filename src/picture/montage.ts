/** Axial slices side by side, labels laid over the scan, as a radiologist sees them. */
import type { LabelSet } from '../labels/label-set.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'
import { drawText } from './canvas.ts'
import { drawPlane, windowOfPlanes } from './draw-plane.ts'
import { frameOf } from './frame.ts'
import { planeOf } from './plane.ts'
import { labelledRegion, sizeMm, withMargin } from './region.ts'
import type { Drawing } from './sheet.ts'

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

export function montageOf({ scan, labels, labelSet, notAssessable = [] }: Overlaid): Drawing {
  const frame = frameOf(scan)
  const labelled = labelledRegion(labels, frame)
  const region = withMargin(labelled, MARGIN_MM, frame)
  const slices = spread(labelled.start[2], labelled.end[2])
  const mm = sizeMm('axial', region, frame)
  const scale = TILE_PIXELS / Math.max(...mm)
  const [width, height] = mm.map((side) => Math.ceil(side * scale)) as [number, number]
  const columns = Math.min(COLUMNS, slices.length)
  return {
    width: columns * (width + GAP) - GAP,
    height: Math.ceil(slices.length / columns) * (height + GAP) - GAP,
    draw: (canvas, left, top) => {
      const planes = slices.map((at) =>
        planeOf(frame, { name: 'axial', at, region, sizePixels: [width, height], convention: 'radiological' }),
      )
      const window = windowOfPlanes(planes, scan.data)
      const drawn = { scan: scan.data, labels: labels.data, labelSet, hidden: notAssessable, window }
      for (const [at, plane] of planes.entries()) {
        const x = left + (at % columns) * (width + GAP)
        const above = top + Math.floor(at / columns) * (height + GAP)
        drawPlane(canvas, x, above, plane, drawn)
        drawText(canvas, x + 2, above + 2, plane.letters.left, LETTER_DOT, WHITE)
      }
    },
  }
}

/** The middles of equal parts of start … end: of 40 slices and at most 20, every second one. */
function spread(start: number, end: number): number[] {
  const count = Math.min(MOST_SLICES, end - start)
  return Array.from({ length: count }, (_, at) => start + Math.floor(((at + 0.5) * (end - start)) / count))
}
