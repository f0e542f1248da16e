import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PNG } from 'pngjs'
import type { LabelSet } from '../src/labels/label-set.ts'
import type { LabelVolume, Volume } from '../src/volume/volume.ts'
import { overlayPng } from './overlay.ts'

const shape = [20, 12, 10] as const
const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const scan: Volume<'scan'> = { frame: 'scan', shape, affine, data: new Float32Array(2400) }
const palette: LabelSet = [
  { value: 0, name: 'background', kind: 'background', color: [0, 0, 0] },
  { value: 1, name: 'white matter', kind: 'tissue', color: [0, 0, 200] },
  { value: 2, name: 'tumour', kind: 'lesion', color: [200, 0, 0] },
]
/** On black, 0.55 of the colour's 200. */
const BLUE = [0, 0, 110]
const RED = [110, 0, 0]

function map(
  ...boxes: readonly (readonly [label: number, from: readonly number[], to: readonly number[]])[]
): LabelVolume {
  const data = new Uint8Array(2400)
  for (const [label, from, to] of boxes)
    for (let k = from[2]!; k < to[2]!; k++)
      for (let j = from[1]!; j < to[1]!; j++)
        for (let i = from[0]!; i < to[0]!; i++) data[i + 20 * (j + 12 * k)] = label
  return { shape, affine, data }
}

/** A plane's panel of the n-th map; planes are 20 × 12, 20 × 10 and 12 × 10, the tallest 12, and 4 lie between any two. */
const LEFT = [0, 24, 48]
function panel(png: PNG, plane: 0 | 1 | 2, row: number): (x: number, y: number) => number[] {
  return (x, y) => [...png.data.subarray(4 * ((row * 16 + y) * png.width + LEFT[plane]! + x)).subarray(0, 3)]
}

const BRAIN = [1, [4, 2, 2], [16, 10, 8]] as const
const LESION = [2, [5, 3, 7], [7, 5, 8]] as const

test('the planes go through the lesion, wherever it lies in the brain', () => {
  const png = PNG.sync.read(overlayPng(scan, [map(BRAIN, LESION)], palette))
  // left, posterior and above: i 5, j 3, k 7; y runs downwards
  const [axial, coronal, sagittal] = [panel(png, 0, 1), panel(png, 1, 1), panel(png, 2, 1)]
  assert.deepEqual([axial(5, 8), axial(7, 8), axial(5, 6)], [RED, BLUE, BLUE])
  assert.deepEqual([coronal(5, 2), coronal(7, 2), coronal(5, 3)], [RED, BLUE, BLUE])
  assert.deepEqual([sagittal(3, 2), sagittal(5, 2), sagittal(3, 3)], [RED, BLUE, BLUE])
})

test('where the truth has no lesion they go through the one that was found', () => {
  const png = PNG.sync.read(overlayPng(scan, [map(BRAIN), map(BRAIN, LESION)], palette))
  assert.deepEqual([panel(png, 0, 1)(5, 8), panel(png, 0, 2)(5, 8)], [BLUE, RED])
})

test('without any lesion they go through the middle of the brain, the sagittal one beside it', () => {
  const png = PNG.sync.read(overlayPng(scan, [map(), map([1, [9, 2, 2], [12, 10, 8]])], palette))
  const rows = [panel(png, 0, 2), panel(png, 1, 2)]
  for (const at of rows)
    assert.deepEqual([at(8, 5), at(9, 5), at(11, 5), at(12, 5)], [[0, 0, 0], BLUE, BLUE, [0, 0, 0]])
  // the middle is at 10, 12 mm beside it is the last plane
  assert.deepEqual(panel(png, 2, 2)(6, 5), [0, 0, 0])
})
