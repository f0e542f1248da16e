/** The picture, pixel by pixel, and the object around it as dciodvfy and pydicom read it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dicomToolsMissing, entityFaults, objectFaults } from '../../test/fixtures/dicom-checks.ts'
import { LABEL_SET, MAKING, saveObject, sourceOn, writeSourceFiles } from '../../test/fixtures/dicom-source.ts'
import { ALL_48, storedAs } from '../../test/fixtures/orientations.ts'
import { pydicom, pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { type Canvas, createCanvas, drawText } from '../picture/canvas.ts'
import { montageOf } from '../picture/montage.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'
import { drawSc, writeSc } from './sc-write.ts'
import type { Measurements } from './sr-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'sc-'))
after(() => rmSync(folder, { recursive: true }))

// 56 × 40 × 3 voxels of 4 mm, stored to the right, to anterior and up: 224 mm are 224 pixels, so a voxel is 4 × 4 pixels.
const SHAPE = [56, 40, 3] as const
const AFFINE = [4, 0, 0, -110, 0, 4, 0, -80, 0, 0, 4, -4, 0, 0, 0, 1]
const black: Volume<'scan'> = { frame: 'scan', shape: SHAPE, affine: AFFINE, data: new Float32Array(56 * 40 * 3) }
const labels: LabelVolume = { shape: SHAPE, affine: AFFINE, data: new Uint8Array(56 * 40 * 3) }
const put = (i: number, j: number, k: number, label: number) => {
  labels.data[i + 56 * (j + 40 * k)] = label
}
// Corners of the labelled box, so that all is shown; a lesion far right, in front and on top.
put(0, 0, 0, 1)
put(55, 39, 2, 1)
put(50, 35, 2, 4)

const MEASURED: Measurements = {
  labels: [
    { value: 0, volumeMl: 1 },
    { value: 1, volumeMl: 0.1 },
    { value: 4, volumeMl: null, assessable: false },
  ],
  lesions: { count: 1, totalMl: 0.064, largestMl: 0.064 },
  warnings: [{ code: 'tilted', message: 'tilted' }],
}

function pixel({ width, data }: Canvas, x: number, y: number): number[] {
  return [...data.subarray(3 * (x + width * y), 3 * (x + width * y) + 3)]
}

function montageIn(scan: Volume<'scan'>, map: LabelVolume, notAssessable: readonly number[] = []): Canvas {
  const montage = montageOf({ scan, labels: map, labelSet: LABEL_SET, notAssessable })
  const canvas = createCanvas(montage.width, montage.height)
  montage.draw(canvas, 0, 0)
  return canvas
}

// 0.55 of (255, 80, 80) over black.
const LESION = [140, 44, 44]

test('the patient’s right is on the left and anterior is up, however the voxels are stored', () => {
  for (const map of ALL_48) {
    const canvas = montageIn(storedAs(black, map), storedAs(labels, map))
    assert.deepEqual([canvas.width, canvas.height], [3 * 224 + 2 * 4, 160])
    // i 50 of 56 is 5 from the right: 4 · 5 = 20 … 23; j 35 of 40 is 4 from the front: 16 … 19; k 2 is the third slice.
    const left = 2 * (224 + 4)
    assert.deepEqual(pixel(canvas, left + 20, 16), LESION, JSON.stringify(map))
    assert.deepEqual(pixel(canvas, left + 23, 19), LESION, JSON.stringify(map))
    for (const [x, y] of [
      [24, 16],
      [20, 20],
      [19, 16],
      [203, 16],
      [20, 143],
    ] as const) {
      assert.deepEqual(pixel(canvas, left + x, y), [0, 0, 0], JSON.stringify(map))
    }
  }
})

test('what could not be assessed is not drawn', () => {
  assert.deepEqual(pixel(montageIn(black, labels, [4]), 2 * 228 + 20, 16), [0, 0, 0])
})

test('a T is a bar above a stem', () => {
  const canvas = createCanvas(7, 9)
  drawText(canvas, 1, 1, 't', 1, [255, 255, 255])
  const rows = Array.from({ length: 9 }, (_, y) =>
    Array.from({ length: 7 }, (_, x) => (pixel(canvas, x, y)[0] === 255 ? '#' : '.')).join(''),
  )
  assert.deepEqual(rows, ['.......', '.#####.', ...Array.from({ length: 6 }, () => '...#...'), '.......'])
})

test('dciodvfy and dcentvfy have nothing to say about a picture', { skip: dicomToolsMissing || pydicomMissing }, () => {
  const source = sourceOn(labels)
  const object = writeSc({ source, scan: black, labels, labelSet: LABEL_SET, measurements: MEASURED, making: MAKING })
  const path = saveObject(object, join(folder, 'sc.dcm'))
  assert.deepEqual(objectFaults(path), [])
  assert.deepEqual(entityFaults([path, ...writeSourceFiles([source], folder)[0]!]), [])
  const lossy = { ratios: ['7'], methods: ['ISO_15444_1'] }
  const marked = writeSc({
    ...{
      source: { ...source, lossy },
      scan: black,
      labels,
      labelSet: LABEL_SET,
      measurements: MEASURED,
      making: MAKING,
    },
  })
  assert.deepEqual(objectFaults(saveObject(marked, join(folder, 'lossy.dcm'))), [])
})

test('pydicom reads the pixels that were drawn', { skip: pydicomMissing }, () => {
  const input = { scan: black, labels, labelSet: LABEL_SET, measurements: MEASURED, making: MAKING }
  const canvas = drawSc(input)
  const path = saveObject(writeSc({ ...input, source: sourceOn(labels) }), join(folder, 'pixels.dcm'))
  const script = `
import hashlib
ds = pydicom.dcmread(args[0])
px = ds.pixel_array
print(json.dumps([list(px.shape), hashlib.sha256(px.tobytes()).hexdigest(), ds.BurnedInAnnotation, list(ds.PatientOrientation)]))
`
  assert.deepEqual(pydicom(script, [path]), [
    [canvas.height, canvas.width, 3],
    createHash('sha256').update(canvas.data).digest('hex'),
    'NO',
    ['L', 'P'],
  ])
})

test('the legend grows by a line with a warning, and the banner is drawn in yellow', () => {
  const input = { scan: black, labels, labelSet: LABEL_SET, making: MAKING }
  const warned = drawSc({ ...input, measurements: MEASURED })
  const plain = drawSc({ ...input, measurements: { ...MEASURED, warnings: [] } })
  assert.equal(warned.height - plain.height, 22)
  // The stem of the R of RESEARCH, at the border of 12 pixels.
  assert.deepEqual(pixel(warned, 12, 12), [255, 220, 0])
})
