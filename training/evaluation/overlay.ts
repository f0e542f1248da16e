/** A picture of label maps over their scan: axial, coronal and sagittal, plain above, each map coloured below. */
import { type LabelSet, lesionValues } from '../../src/labels/label-set.ts'
import { createCanvas } from '../../src/picture/canvas.ts'
import { drawPlane } from '../../src/picture/draw-plane.ts'
import { type Frame, frameOf, inFrame } from '../../src/picture/frame.ts'
import { fullestPlanes } from '../../src/picture/fullest-planes.ts'
import { windowOf } from '../../src/picture/label-colour.ts'
import { middlePlanes } from '../../src/picture/places.ts'
import { AXES, type PlaneName, planeOf } from '../../src/picture/plane.ts'
import { pngOf } from '../../src/picture/png.ts'
import { sizeMm, wholeOf } from '../../src/picture/region.ts'
import type { LabelVolume, Shape, Volume } from '../../src/volume/volume.ts'

const GAP = 4
const NAMES: readonly PlaneName[] = ['axial', 'coronal', 'sagittal']

/**
 * PNG bytes; one pixel a millimetre. Radiological convention is not used: the patient's left is on the left.
 * All maps are on the scan's grid. The planes lie where the first map that has any lesion has most of it; without lesions
 * in the middle of the first map that is not empty.
 */
export function overlayPng(scan: Volume<'scan'>, maps: readonly LabelVolume[], labelSet: LabelSet): Buffer {
  const frame = frameOf(scan)
  const through = planesThrough(maps, labelSet, frame)
  const region = wholeOf(frame)
  const planes = NAMES.map((name) => {
    const [width, height] = sizeMm(name, region, frame).map(Math.round) as [number, number]
    const at = through[AXES[name][0]]
    return planeOf(frame, { name, at, region, sizePixels: [width, height], convention: 'neurological' })
  })
  const height = Math.max(...planes.map((plane) => plane.height))
  const canvas = createCanvas(
    planes.reduce((sum, plane) => sum + plane.width + GAP, 0),
    (1 + maps.length) * (height + GAP) - GAP,
  )
  const window = windowOf(scan.data)
  for (const [row, map] of [undefined, ...maps].entries()) {
    let left = 0
    for (const plane of planes) {
      const drawn = { scan: scan.data, ...(map && { labels: map.data }), labelSet, window }
      drawPlane(canvas, left, row * (height + GAP), plane, drawn)
      left += plane.width + GAP
    }
  }
  return pngOf(canvas)
}

/** In indices of the frame. */
function planesThrough(maps: readonly LabelVolume[], labelSet: LabelSet, frame: Frame): Shape {
  for (const { data, shape } of maps) {
    const planes = fullestPlanes(data, shape, lesionValues(labelSet))
    if (planes !== null) return inFrame(frame, planes)
  }
  return middlePlanes(maps.find(({ data }) => data.some((label) => label > 0)) ?? null, frame)
}
