import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blackScan, IDENTITY, PALETTE } from '../../test/fixtures/pictures.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { frameOf } from './frame.ts'
import { placesOf } from './places.ts'

const SHAPE = [20, 12, 10] as const
const scan = blackScan(SHAPE)

/** Boxes of the lesion label, from … to (not included). */
function mapOf(...boxes: readonly (readonly [from: readonly number[], to: readonly number[]])[]): LabelVolume {
  const data = new Uint8Array(2400)
  for (const [from, to] of boxes)
    for (let k = from[2]!; k < to[2]!; k++)
      for (let j = from[1]!; j < to[1]!; j++) for (let i = from[0]!; i < to[0]!; i++) data[i + 20 * (j + 12 * k)] = 2
  return { shape: SHAPE, affine: IDENTITY, data }
}

const overlaid = (labels: LabelVolume) => ({ scan, labels, labelSet: PALETTE })
const place = (labels: LabelVolume, show = { lesions: 3, unsure: 2 }) =>
  placesOf(overlaid(labels), [], frameOf(scan), show)

test('lesions come largest first, of equals the first that is stored, and no more than asked for', () => {
  const labels = mapOf(
    [
      [1, 1, 1],
      [2, 2, 2],
    ],
    [
      [5, 1, 1],
      [8, 2, 2],
    ],
    [
      [10, 5, 5],
      [11, 6, 6],
    ],
    [
      [14, 8, 8],
      [16, 9, 9],
    ],
  )
  assert.deepEqual(
    place(labels).map(({ caption, planes }) => [caption, planes]),
    [
      ['lesion 1: 0.003 mL lesion', [5, 1, 1]],
      ['lesion 2: 0.002 mL lesion', [14, 8, 8]],
      ['lesion 3: 0.001 mL lesion', [1, 1, 1]],
    ],
  )
  assert.equal(place(labels, { lesions: 1, unsure: 0 }).length, 1)
})

test('the planes are those that show most of one lesion, whatever lies beside it', () => {
  // A stem of 1 × 1 along i and a head of 3 × 3 at its end, 2 thick; another lesion fills a plane of its own.
  const labels = mapOf(
    [
      [2, 4, 4],
      [8, 5, 5],
    ],
    [
      [8, 3, 3],
      [10, 6, 6],
    ],
    [
      [14, 2, 2],
      [15, 6, 6],
    ],
  )
  const [first] = place(labels)
  assert.equal(first!.caption, 'lesion 1: 0.024 mL lesion')
  assert.deepEqual(first!.planes, [8, 4, 4])
})

test('the least sure places follow, clamped to the grid', () => {
  const unsure = [
    { voxel: [3.4, 20, -1] as const, meanConfidence: 0.501 },
    { voxel: [1, 1, 1] as const, meanConfidence: 0.75 },
  ]
  const places = placesOf(overlaid(mapOf()), unsure, frameOf(scan), { lesions: 3, unsure: 2 })
  assert.deepEqual(
    places.map(({ caption }) => caption),
    [
      'brain',
      'least sure: mean confidence 0.50 in a cube of 8 mm',
      'less sure (2): mean confidence 0.75 in a cube of 8 mm',
    ],
  )
  assert.deepEqual(places[1]!.planes, [3, 11, 0])
})
