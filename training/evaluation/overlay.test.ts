import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PNG } from 'pngjs'
import type { LabelVolume } from '../../src/volume/volume.ts'
import { BLUE, blackScan, IDENTITY, PALETTE, pixel, RED } from '../../test/fixtures/pictures.ts'
import { overlayPng } from './overlay.ts'

const shape = [20, 12, 10] as const
const scan = blackScan(shape)

function map(
  ...boxes: readonly (readonly [label: number, from: readonly number[], to: readonly number[]])[]
): LabelVolume {
  const data = new Uint8Array(2400)
  for (const [label, from, to] of boxes)
    for (let k = from[2]!; k < to[2]!; k++)
      for (let j = from[1]!; j < to[1]!; j++)
        for (let i = from[0]!; i < to[0]!; i++) data[i + 20 * (j + 12 * k)] = label
  return { shape, affine: IDENTITY, data }
}

/** A plane's panel of the n-th map; planes are 20 × 12, 20 × 10 and 12 × 10, the tallest 12, and 4 lie between any two. */
const LEFT = [0, 24, 48]
function panel(png: PNG, plane: 0 | 1 | 2, row: number): (x: number, y: number) => number[] {
  return (x, y) => pixel(png, LEFT[plane]! + x, row * 16 + y)
}

const BRAIN = [1, [4, 2, 2], [16, 10, 8]] as const
const LESION = [2, [5, 3, 7], [7, 5, 8]] as const

test('the planes go through the lesion, wherever it lies in the brain', () => {
  const png = PNG.sync.read(overlayPng(scan, [map(BRAIN, LESION)], PALETTE))
  // left, posterior and above: i 5, j 3, k 7; y runs downwards
  const [axial, coronal, sagittal] = [panel(png, 0, 1), panel(png, 1, 1), panel(png, 2, 1)]
  assert.deepEqual([axial(5, 8), axial(7, 8), axial(5, 6)], [RED, BLUE, BLUE])
  assert.deepEqual([coronal(5, 2), coronal(7, 2), coronal(5, 3)], [RED, BLUE, BLUE])
  assert.deepEqual([sagittal(3, 2), sagittal(5, 2), sagittal(3, 3)], [RED, BLUE, BLUE])
})

test('where the truth has no lesion they go through the one that was found', () => {
  const png = PNG.sync.read(overlayPng(scan, [map(BRAIN), map(BRAIN, LESION)], PALETTE))
  assert.deepEqual([panel(png, 0, 1)(5, 8), panel(png, 0, 2)(5, 8)], [BLUE, RED])
})

test('without any lesion they go through the middle of the brain, the sagittal one beside it', () => {
  const png = PNG.sync.read(overlayPng(scan, [map(), map([1, [9, 2, 2], [12, 10, 8]])], PALETTE))
  const rows = [panel(png, 0, 2), panel(png, 1, 2)]
  for (const at of rows)
    assert.deepEqual([at(8, 5), at(9, 5), at(11, 5), at(12, 5)], [[0, 0, 0], BLUE, BLUE, [0, 0, 0]])
  // the middle is at 10, 12 mm beside it is the last plane
  assert.deepEqual(panel(png, 2, 2)(6, 5), [0, 0, 0])
})
