/** Two dates in one picture, pixel by pixel. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blackScan } from '../../test/fixtures/pictures.ts'
import { FATE_LABELS, fateValue } from '../measure/fate-labels.ts'
import type { Fate } from '../measure/lesion-fate.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { type Canvas, createCanvas } from './canvas.ts'
import { pairsOf } from './pairs.ts'

/** 140 mm along each axis, in voxels of 1 mm: a voxel is two pixels wide. */
const SHAPE: Shape = [140, 140, 140]
const CAPTION = 24

function mapOf(value: number, ...voxels: readonly Shape[]): LabelVolume {
  const { shape, affine } = blackScan(SHAPE)
  const data = new Uint8Array(140 ** 3)
  for (const [i, j, k] of voxels) data[i + 140 * (j + 140 * k)] = value
  return { shape, affine, data }
}

const pixel = ({ width, data }: Canvas, x: number, y: number) => [...data.subarray(3 * (x + width * y)).subarray(0, 3)]
/** The middle of a voxel in the axial plane of a row: the patient's right is on the left, the front above. */
const placeOf = ([i, j]: Shape, top: number) => [2 * (139 - i) + 1, top + CAPTION + 2 * (139 - j) + 1] as const

const brain = mapOf(1, [0, 0, 0], [139, 139, 139])
const AT: Shape = [30, 100, 60]

function drawn(fates: Readonly<Record<'before' | 'after', readonly [Fate, Shape] | null>>, places = [AT]) {
  const dates = (['before', 'after'] as const).map((name) => {
    const lesion = fates[name]
    const map = lesion === null ? mapOf(0) : mapOf(fateValue(lesion[0]), lesion[1])
    return { name, scan: blackScan(SHAPE), fates: map }
  })
  const drawing = pairsOf({ dates, brain, places: places.map((voxel) => ({ caption: 'a change', voxel })) })
  const canvas = createCanvas(drawing.width, drawing.height)
  drawing.draw(canvas, 0, 0)
  return canvas
}

test('both dates are cut at one place, and each lesion has the colour of its fate', () => {
  const canvas = drawn({ before: null, after: ['new', AT] })
  // two rows of the same height with a gap of 14 between
  const rowHeight = (canvas.height + 14) / 2
  assert.deepEqual(pixel(canvas, ...placeOf(AT, 0)), [0, 0, 0])
  assert.deepEqual(pixel(canvas, ...placeOf(AT, rowHeight)), FATE_LABELS[fateValue('new')]!.color)
  const gone = drawn({ before: ['gone', AT], after: null })
  assert.deepEqual(pixel(gone, ...placeOf(AT, 0)), FATE_LABELS[fateValue('gone')]!.color)
  assert.deepEqual(pixel(gone, ...placeOf(AT, rowHeight)), [0, 0, 0])
})

test('a pair a place; where there is none, a pair through the brain', () => {
  const one = drawn({ before: null, after: null }, [])
  assert.equal(one.height, drawn({ before: null, after: null }).height)
  const two = drawn({ before: null, after: null }, [AT, [90, 30, 30]])
  assert.equal(two.height, 2 * one.height + 14)
})

test('each fate has a colour of its own', () => {
  assert.equal(new Set(FATE_LABELS.map(({ color }) => color.join())).size, FATE_LABELS.length)
})
