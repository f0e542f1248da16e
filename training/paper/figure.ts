/** One axial slice of a case as each method labels it: scan, truth and methods side by side in one PNG. */
import { writeFile } from 'node:fs/promises'
import { type LabelSet, lesionValues } from '../../src/labels/label-set.ts'
import { createCanvas } from '../../src/picture/canvas.ts'
import { drawPlane } from '../../src/picture/draw-plane.ts'
import { frameOf, inFrame } from '../../src/picture/frame.ts'
import { fullestPlanes } from '../../src/picture/fullest-planes.ts'
import { windowOf } from '../../src/picture/label-colour.ts'
import { planeOf } from '../../src/picture/plane.ts'
import { pngOf } from '../../src/picture/png.ts'
import { sizeMm, wholeOf } from '../../src/picture/region.ts'
import type { LabelVolume, Volume } from '../../src/volume/volume.ts'

const COLUMNS = 5
const GAP = 4
/** Phantoms are small: a voxel is drawn this many pixels a millimetre. */
const PIXELS_PER_MM = 2

export interface FigureRow {
  readonly title: string
  readonly labels: LabelVolume
}

/**
 * Writes the grid of panels (five a line, from the top left) and gives their order as a sentence for the caption.
 * The first row is the truth: the axial slice with the most voxels of its lesions is shown (of any label, where it has
 * no lesion). Label maps lie on the scan's grid; throws a RangeError for one of another shape.
 */
export async function writeFigure(
  path: string,
  rows: readonly FigureRow[],
  scan: Volume<'scan'>,
  palette: LabelSet,
): Promise<string> {
  await writeFile(path, figurePng(rows, scan, palette))
  return `Left to right, top to bottom: ${['scan', ...rows.map((row) => row.title)].join(', ')}.`
}

/** PNG bytes of the grid; the patient's left is on the left, anterior is up. */
export function figurePng(rows: readonly FigureRow[], scan: Volume<'scan'>, palette: LabelSet): Buffer {
  const wrong = rows.find((row) => row.labels.shape.join() !== scan.shape.join())
  if (wrong) throw new RangeError(`a label map of ${wrong.labels.shape} voxels on a scan of ${scan.shape}`)
  const frame = frameOf(scan)
  const maps = rows.map((row) => row.labels.data)
  const truth = maps[0] ?? new Uint8Array(scan.data.length)
  const labelled = palette.map(({ value }) => value).slice(1)
  const fullest = fullestPlanes(truth, scan.shape, lesionValues(palette)) ?? fullestPlanes(truth, scan.shape, labelled)
  const at = fullest === null ? 0 : inFrame(frame, fullest)[2]
  const region = wholeOf(frame)
  const [width, height] = sizeMm('axial', region, frame).map((mm) => Math.round(mm * PIXELS_PER_MM)) as [number, number]
  const plane = planeOf(frame, { name: 'axial', at, region, sizePixels: [width, height], convention: 'neurological' })
  const panels: readonly (Uint8Array | undefined)[] = [undefined, ...maps]
  const columns = Math.min(COLUMNS, panels.length)
  const lines = Math.ceil(panels.length / columns)
  const canvas = createCanvas(columns * (width + GAP) - GAP, lines * (height + GAP) - GAP)
  const window = windowOf(scan.data)
  panels.forEach((map, panel) => {
    const left = (panel % columns) * (width + GAP)
    const top = Math.floor(panel / columns) * (height + GAP)
    drawPlane(canvas, left, top, plane, { scan: scan.data, ...(map && { labels: map }), labelSet: palette, window })
  })
  return pngOf(canvas)
}
