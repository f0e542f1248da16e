/** One axial slice of a case as each method labels it: scan, truth and methods side by side in one PNG. */
import { writeFile } from 'node:fs/promises'
import { PNG } from 'pngjs'
import { greyIn, labelColour, windowOf } from '../../src/labels/label-colour.ts'
import { type LabelSet, lesionValues } from '../../src/labels/label-set.ts'
import { spacingMm } from '../../src/volume/affine.ts'
import { reorient, reorientGrid, toCanonical } from '../../src/volume/orientation.ts'
import type { LabelVolume, Volume } from '../../src/volume/volume.ts'
import { fullestPlanes } from '../fullest-planes.ts'
import { paint } from '../overlay.ts'

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
  const axes = toCanonical(scan)
  const grid = reorientGrid(scan, axes)
  const [nx, ny] = grid.shape
  const image = reorient(scan.data, scan.shape, axes)
  const maps = rows.map((row) => reorient(row.labels.data, scan.shape, axes))
  const truth = maps[0] ?? new Uint8Array(image.length)
  const labelled = palette.map(({ value }) => value).slice(1)
  const planes = fullestPlanes(truth, grid.shape, lesionValues(palette)) ?? fullestPlanes(truth, grid.shape, labelled)
  const slice = planes?.[2] ?? 0
  const [dx, dy] = spacingMm(grid.affine)
  const width = Math.round(nx * dx * PIXELS_PER_MM)
  const height = Math.round(ny * dy * PIXELS_PER_MM)
  const panels: readonly (Uint8Array | undefined)[] = [undefined, ...maps]
  const columns = Math.min(COLUMNS, panels.length)
  const lines = Math.ceil(panels.length / columns)
  const png = new PNG({ width: columns * (width + GAP) - GAP, height: lines * (height + GAP) - GAP })
  for (let at = 3; at < png.data.length; at += 4) png.data[at] = 255
  const window = windowOf(image)
  panels.forEach((map, panel) => {
    const left = (panel % columns) * (width + GAP)
    const top = Math.floor(panel / columns) * (height + GAP)
    for (let y = 0; y < height; y++) {
      const row = Math.floor(((height - 1 - y) * ny) / height)
      for (let x = 0; x < width; x++) {
        const offset = Math.floor((x * nx) / width) + nx * (row + ny * slice)
        const grey = greyIn(window, image[offset]!)
        paint(png, left + x, top + y, labelColour(grey, map?.[offset] ?? 0, palette))
      }
    }
  })
  return PNG.sync.write(png)
}
