/** The picture of a result, pixel by pixel. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PNG } from 'pngjs'
import { LABEL_SET } from '../../test/fixtures/dicom-source.ts'
import { ALL_48, storedAs } from '../../test/fixtures/orientations.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'
import { type Canvas, createCanvas, drawText } from './canvas.ts'
import { drawPicture, type PictureInput } from './picture.ts'
import { pngOf } from './png.ts'
import { positionOf } from './view-rows.ts'
import { viewsOf } from './views.ts'

// 200 × 280 × 160 mm in voxels of 2 × 2 × 8 mm: the longest side is 280 pixels, so that a pixel is a millimetre.
const SHAPE = [100, 140, 20] as const
const AFFINE = [2, 0, 0, -101, 0, 2, 0, -149, 0, 0, 8, -60, 0, 0, 0, 1]
const black: Volume<'scan'> = { frame: 'scan', shape: SHAPE, affine: AFFINE, data: new Float32Array(280_000) }
const labels: LabelVolume = { shape: SHAPE, affine: AFFINE, data: new Uint8Array(280_000) }
const put = (i: number, j: number, k: number, label: number) => {
  labels.data[i + 100 * (j + 140 * k)] = label
}
// Corners, so that all is shown.
put(0, 0, 0, 1)
put(99, 139, 19, 1)
// One lesion of 2 × 1 × 1 voxels, one of a single voxel.
put(30, 100, 15, 4)
put(31, 100, 15, 4)
put(80, 20, 3, 4)

const LESION = [255, 80, 80]
const BLACK = [0, 0, 0]
const YELLOW = [255, 220, 0]
const CAPTION = 24
/** Every order of the axes, and most of the choices of direction. */
const SOME = ALL_48.filter((_, at) => at % 5 === 0)

const shown = {
  scan: black,
  labels,
  labelSet: LABEL_SET,
  unsure: [{ voxel: [50, 70, 10] as const, meanConfidence: 0.5 }],
}
const input: PictureInput = {
  ...shown,
  measured: [
    { value: 0, volumeMl: 1 },
    { value: 1, volumeMl: 0.064 },
    { value: 4, volumeMl: 0.096 },
  ],
  lesions: { count: 2, totalMl: 0.096, largestMl: 0.064 },
  warnings: [],
  voxelMl: 0.032,
  maker: 'onelabel test 1',
}

function pixel({ width, data }: Canvas, x: number, y: number): number[] {
  return [...data.subarray(3 * (x + width * y), 3 * (x + width * y) + 3)]
}

function viewsIn(scan: Volume<'scan'>, map: LabelVolume): Canvas {
  const drawing = viewsOf({ ...shown, scan, labels: map, unsure: [] }, { lesions: 2, unsure: 2 })
  const canvas = createCanvas(drawing.width, drawing.height)
  drawing.draw(canvas, 0, 0)
  return canvas
}

test('a lesion is where it lies, in its colour, its pixels square, in all three planes, however it is stored', () => {
  for (const map of SOME) {
    const canvas = viewsIn(storedAs(black, map), storedAs(labels, map))
    const told = JSON.stringify(map)
    // axial 200, coronal 200 and sagittal 280 wide, with 14 between
    assert.equal(canvas.width, 708, told)
    // i 30 and 31 are 60 … 64 mm from the left and so 136 … 139 from the right; j 100 is 78 and 79 from the front.
    const [axial, coronal, sagittal] = [0, 214, 428]
    for (const [x, y] of [
      [axial + 136, 78],
      [axial + 139, 79],
      // k 15 of 20 is 120 … 128 mm from below and so 32 … 39 from above
      [coronal + 136, 32],
      [coronal + 139, 39],
      [sagittal + 78, 32],
      [sagittal + 79, 39],
    ] as const) {
      assert.deepEqual(pixel(canvas, x, CAPTION + y), LESION, `${told} ${x} ${y}`)
    }
    for (const [x, y] of [
      [axial + 135, 78],
      [axial + 140, 78],
      [axial + 136, 77],
      [axial + 136, 80],
      [coronal + 136, 31],
      [coronal + 136, 40],
      [sagittal + 77, 32],
      [sagittal + 80, 32],
    ] as const) {
      assert.deepEqual(pixel(canvas, x, CAPTION + y), BLACK, `${told} ${x} ${y}`)
    }
    // A tick at the upper edge leads to it: the first of its two columns has as many voxels as the second.
    assert.ok(
      [136, 138].some((x) => [0, 1].some((more) => pixel(canvas, x + more, CAPTION)[0] === YELLOW[0])),
      told,
    )
  }
})

test('within its outline a label is a tint, and the scan is seen through it', () => {
  const large = { ...labels, data: labels.data.map((_, at) => (at % 100 >= 40 && at % 100 < 60 ? 4 : 0)) }
  large.data[0] = 1
  large.data[large.data.length - 1] = 1
  const canvas = viewsIn(black, large)
  // From the right: i 59 is 80 and 81, i 40 is 118 and 119. Pixels in the middle of the height are clear of words.
  assert.deepEqual(pixel(canvas, 80, CAPTION + 60), LESION)
  assert.deepEqual(pixel(canvas, 81, CAPTION + 60), [64, 20, 20])
  assert.deepEqual(pixel(canvas, 118, CAPTION + 60), [64, 20, 20])
  assert.deepEqual(pixel(canvas, 119, CAPTION + 60), LESION)
  assert.deepEqual(pixel(canvas, 120, CAPTION + 60), BLACK)
})

test('the letters are drawn at their sides', () => {
  const canvas = viewsIn(black, labels)
  const drawn = (text: string): Canvas => {
    const small = createCanvas(10, 14)
    drawText(small, 0, 0, text, 2, [255, 255, 255])
    return small
  }
  const cut = (left: number, top: number): number[] =>
    Array.from({ length: 14 }, (_, y) => Array.from({ length: 10 }, (_, x) => pixel(canvas, left + x, top + y))).flat(2)
  // The axial plane is 200 × 280, a letter 10 × 14, and 3 lie between it and the edge.
  assert.deepEqual(cut(3, CAPTION + 133), [...drawn('R').data])
  assert.deepEqual(cut(187, CAPTION + 133), [...drawn('L').data])
  assert.deepEqual(cut(95, CAPTION + 3), [...drawn('A').data])
  assert.deepEqual(cut(95, CAPTION + 263), [...drawn('P').data])
})

test('a position names the side of the origin on which the plane lies', () => {
  assert.equal(positionOf({ name: 'axial', positionMm: 12.34 }), 'S 12.3 mm')
  assert.equal(positionOf({ name: 'axial', positionMm: -12.36 }), 'I 12.4 mm')
  assert.equal(positionOf({ name: 'coronal', positionMm: -1 }), 'P 1.0 mm')
  assert.equal(positionOf({ name: 'sagittal', positionMm: -0.04 }), 'R 0.0 mm')
})

test('the whole picture has a row a lesion and a row for the least sure place, and the same bytes each time', () => {
  const drawing = viewsOf(shown, { lesions: 3, unsure: 2 })
  // 24 of caption, 280, 24 below, 14 between
  assert.equal(drawing.height, 3 * 342 - 14)
  const canvas = drawPicture(input)
  // The stem of the R of RESEARCH, at the border of 12 pixels.
  assert.deepEqual(pixel(canvas, 12, 12), YELLOW)
  const bytes = pngOf(canvas)
  assert.deepEqual(pngOf(drawPicture(input)), bytes)
  const read = PNG.sync.read(bytes)
  assert.deepEqual([read.width, read.height], [canvas.width, canvas.height])
  const rgb = read.data.filter((_, at) => at % 4 !== 3)
  assert.ok(Buffer.from(canvas.data).equals(Buffer.from(rgb)))
})

test('what could not be assessed is neither drawn nor cut through', () => {
  const without = viewsOf({ ...shown, notAssessable: [4], unsure: [] }, { lesions: 3, unsure: 2 })
  const canvas = createCanvas(without.width, without.height)
  without.draw(canvas, 0, 0)
  assert.equal(without.height, 342 - 14)
  const reds = canvas.data.filter((value, at) => at % 3 === 0 && value === 255 && canvas.data[at + 1] === 80)
  assert.equal(reds.length, 0)
})
