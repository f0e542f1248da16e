/** A picture of label maps over their scan: axial, coronal and sagittal, plain above, each map coloured below. */
import { PNG } from 'pngjs'
import { greyIn, labelColour, windowOf } from '../src/labels/label-colour.ts'
import { type LabelSet, lesionValues } from '../src/labels/label-set.ts'
import { spacingMm } from '../src/volume/affine.ts'
import { reorient, reorientGrid, toCanonical } from '../src/volume/orientation.ts'
import type { Grid, LabelVolume, Shape, Volume } from '../src/volume/volume.ts'
import { fullestPlanes } from './fullest-planes.ts'

const GAP = 4
/** Sagittal slices off the midline show more than the falx. */
const SAGITTAL_SHIFT_MM = 12

interface Plane {
  readonly width: number
  readonly height: number
  /** Offset of pixel (x, y), y downwards. */
  at(x: number, y: number): number
}

/**
 * PNG bytes; one pixel a millimetre. Radiological convention is not used: the patient's left is on the left.
 * All maps are on the scan's grid. The planes lie where the first map that has any lesion has most of it; without lesions
 * in the middle of the first map that is not empty.
 */
export function overlayPng(scan: Volume<'scan'>, maps: readonly LabelVolume[], labelSet: LabelSet): Buffer {
  const axes = toCanonical(scan)
  const grid = reorientGrid(scan, axes)
  const image = reorient(scan.data, scan.shape, axes)
  const stored = maps.map((labels) => reorient(labels.data, labels.shape, axes))
  const [nx, ny, nz] = grid.shape
  const spacing = spacingMm(grid.affine)
  const [i, j, k] = planesThrough(stored, labelSet, grid)
  const size = [nx * spacing[0], ny * spacing[1], nz * spacing[2]].map(Math.round) as [number, number, number]
  const pick = (mm: number, axis: 0 | 1 | 2) => Math.min(grid.shape[axis] - 1, Math.floor(mm / spacing[axis]))
  const planes: readonly Plane[] = [
    { width: size[0], height: size[1], at: (x, y) => pick(x, 0) + nx * (pick(size[1] - 1 - y, 1) + ny * k) },
    { width: size[0], height: size[2], at: (x, y) => pick(x, 0) + nx * (j + ny * pick(size[2] - 1 - y, 2)) },
    { width: size[1], height: size[2], at: (x, y) => i + nx * (pick(x, 1) + ny * pick(size[2] - 1 - y, 2)) },
  ]
  const height = Math.max(...planes.map((plane) => plane.height))
  const png = new PNG({
    width: planes.reduce((sum, plane) => sum + plane.width + GAP, 0),
    height: (1 + stored.length) * (height + GAP) - GAP,
  })
  const window = windowOf(image)
  let left = 0
  for (const plane of planes) {
    for (let y = 0; y < plane.height; y++) {
      for (let x = 0; x < plane.width; x++) {
        const offset = plane.at(x, y)
        const grey = greyIn(window, image[offset]!)
        paint(png, left + x, y, [grey, grey, grey])
        for (const [row, map] of stored.entries()) {
          paint(png, left + x, (1 + row) * (height + GAP) + y, labelColour(grey, map[offset]!, labelSet))
        }
      }
    }
    left += plane.width + GAP
  }
  png.data.forEach((_, at) => {
    if (at % 4 === 3) png.data[at] = 255
  })
  return PNG.sync.write(png)
}

/** Sets red, green and blue, 0..255, of one pixel. */
export function paint(png: PNG, x: number, y: number, colour: readonly number[]): void {
  for (const [channel, value] of colour.entries()) png.data[4 * (y * png.width + x) + channel] = Math.round(value)
}

/** Indices of the sagittal, the coronal and the axial plane. */
function planesThrough(maps: readonly Uint8Array[], labelSet: LabelSet, { shape, affine }: Grid): Shape {
  for (const map of maps) {
    const planes = fullestPlanes(map, shape, lesionValues(labelSet))
    if (planes !== null) return planes
  }
  const [i, j, k] = centreOf(maps.find((map) => map.some((label) => label > 0)) ?? new Uint8Array(0), shape)
  return [Math.min(shape[0] - 1, i + Math.round(SAGITTAL_SHIFT_MM / spacingMm(affine)[0])), j, k]
}

/** Mean index of the labelled voxels, or the middle of an empty map. */
function centreOf(map: Uint8Array, [nx, ny, nz]: Shape): [number, number, number] {
  const sum = [0, 0, 0]
  let count = 0
  for (let at = 0; at < map.length; at++) {
    if (map[at] === 0) continue
    count += 1
    sum[0]! += at % nx
    sum[1]! += Math.floor(at / nx) % ny
    sum[2]! += Math.floor(at / (nx * ny))
  }
  if (count === 0) return [nx >> 1, ny >> 1, nz >> 1]
  return sum.map((total) => Math.round(total / count)) as [number, number, number]
}
