/** Rows of three planes, as a radiologist sees them, with what lies at each side and where they lie. */
import type { LabelSet } from '../labels/label-set.ts'
import type { Box } from '../volume/crop.ts'
import type { Shape } from '../volume/volume.ts'
import { type Canvas, drawPixel, drawRimmed, drawText } from './canvas.ts'
import { drawPlane, type Look, windowOfPlanes } from './draw-plane.ts'
import type { Frame } from './frame.ts'
import { ADVANCE, LINE } from './glyphs.ts'
import { AXES, type Plane, type PlaneName, planeOf } from './plane.ts'
import { sizeMm } from './region.ts'
import { type Drawing, fitted } from './sheet.ts'

const NAMES: readonly PlaneName[] = ['axial', 'coronal', 'sagittal']
/** The longest side of a plane in the picture. */
const TILE_PIXELS = 280
const GAP = 14
const DOT = 2
const CAPTION_PIXELS = DOT * LINE + 6
/** Fainter than elsewhere: the outline says where a label ends, and the scan is to be seen through it. Lesions stand out. */
const LOOK: Look = { tissue: { fill: 0.12, outline: 0.5 }, lesion: { fill: 0.25, outline: 1 } }
const TICK_PIXELS = 8
const WHITE = [255, 255, 255]
const YELLOW = [255, 220, 0]

export interface ViewRow {
  readonly caption: string
  /** Indices of the sagittal, the coronal and the axial plane, in the frame. */
  readonly planes: Shape
  /** As stored. Rows of one scan have one window. */
  readonly scan: Float32Array
  readonly labels: Uint8Array
}

export interface RowsOf {
  /** The frame of all scans and maps. */
  readonly frame: Frame
  /** What is shown, in indices of the frame. */
  readonly region: Box
  readonly labelSet: LabelSet
  /** Values of labels that are not drawn. */
  readonly hidden: readonly number[]
}

export function viewRows({ frame, region, labelSet, hidden }: RowsOf, rows: readonly ViewRow[]): Drawing {
  const sizes = NAMES.map((name) => sizeMm(name, region, frame))
  const scale = TILE_PIXELS / Math.max(...sizes.flat())
  const [axial, coronal, sagittal] = sizes.map((mm) => mm.map((side) => Math.max(1, Math.ceil(side * scale))))
  const pixels = [axial, coronal, sagittal] as unknown as readonly (readonly [number, number])[]
  const rowHeight = CAPTION_PIXELS + Math.max(...pixels.map(([, height]) => height)) + CAPTION_PIXELS + GAP
  const width = pixels.reduce((sum, [across]) => sum + across + GAP, -GAP)
  const planesOf = ({ planes: through }: ViewRow) =>
    NAMES.map((name, column) =>
      planeOf(frame, {
        ...{ name, at: through[AXES[name][0]], region, convention: 'radiological' as const },
        sizePixels: pixels[column]!,
      }),
    )
  return {
    width,
    height: rows.length * rowHeight - GAP,
    draw(canvas, left, top) {
      const scans = new Set(rows.map(({ scan }) => scan))
      const windows = new Map(
        [...scans].map((scan) => {
          const planes = rows.filter((row) => row.scan === scan).flatMap(planesOf)
          return [scan, windowOfPlanes(planes, scan)]
        }),
      )
      for (const [at, row] of rows.entries()) {
        const { caption, planes: through, scan, labels } = row
        const drawn = { scan, labels, labelSet, hidden, window: windows.get(scan)!, look: LOOK }
        const above = top + at * rowHeight
        drawText(canvas, left, above + 2, fitted(caption, width), DOT, WHITE)
        let x = left
        for (const plane of planesOf(row)) {
          drawPlane(canvas, x, above + CAPTION_PIXELS, plane, drawn)
          drawMarks(canvas, x, above + CAPTION_PIXELS, plane, through)
          x += plane.width + GAP
        }
      }
    },
  }
}

/** What lies at each side, where the plane lies, and ticks at the edges where the two other planes cross it. */
function drawMarks(canvas: Canvas, left: number, top: number, plane: Plane, through: Shape): void {
  const { width, height, letters } = plane
  const letterHeight = DOT * 7
  const widthOf = (text: string) => DOT * (ADVANCE * text.length - 1)
  const write = (text: string, x: number, y: number) => drawRimmed(canvas, left + x, top + y, text, DOT, WHITE)
  const middle = Math.floor((height - letterHeight) / 2)
  write(letters.left, 3, middle)
  write(letters.right, width - widthOf(letters.right) - 3, middle)
  write(letters.top, Math.floor((width - widthOf(letters.top)) / 2), 3)
  write(letters.bottom, Math.floor((width - widthOf(letters.bottom)) / 2), height - letterHeight - 3)
  drawText(canvas, left, top + height + 3, `${plane.name} ${positionOf(plane)}`, DOT, WHITE)
  const [x, y] = plane.pixelOf(through)
  for (let at = 0; at < TICK_PIXELS; at++) {
    for (const [dx, dy] of [
      [x, at],
      [x, height - 1 - at],
      [at, y],
      [width - 1 - at, y],
    ] as const)
      drawPixel(canvas, left + dx, top + dy, YELLOW)
  }
}

/** 'S 12.3 mm': so far above the origin of the world. */
export function positionOf({ name, positionMm }: Pick<Plane, 'name' | 'positionMm'>): string {
  const [positive, negative] = { axial: 'SI', coronal: 'AP', sagittal: 'RL' }[name]
  const shown = Math.abs(positionMm).toFixed(1)
  return `${positionMm < 0 && shown !== '0.0' ? negative : positive} ${shown} mm`
}
