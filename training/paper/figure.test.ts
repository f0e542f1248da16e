import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PNG } from 'pngjs'
import { blackScan, IDENTITY, PALETTE, pixel } from '../../test/fixtures/pictures.ts'
import { figurePng, writeFigure } from './figure.ts'

const shape = [4, 3, 2] as const
const scan = blackScan(shape)
const labels = (...marks: readonly (readonly [offset: number, label: number])[]) => {
  const data = new Uint8Array(24)
  for (const [offset, label] of marks) data[offset] = label
  return { shape, affine: IDENTITY, data }
}
/** Three tissue voxels in the lower slice; one lesion voxel in the upper one, at (0, 0): left, posterior. */
const truth = { title: 'truth', labels: labels([1, 1], [2, 1], [3, 1], [12, 2]) }
const empty = { title: 'ace', labels: labels() }

test('the slice with the lesion is shown, left on the left and posterior below, two pixels a millimetre', () => {
  const png = PNG.sync.read(figurePng([truth, empty], scan, PALETTE))
  // three panels of 8 × 6 with gaps of 4
  assert.deepEqual([png.width, png.height], [32, 6])
  // on black, 0.55 of the colour's 200
  assert.deepEqual(pixel(png, 12, 5), [110, 0, 0])
  assert.deepEqual(pixel(png, 13, 4), [110, 0, 0])
  for (const [x, y] of [
    [0, 5],
    [14, 5],
    [12, 3],
    [24, 5],
  ] as const)
    assert.deepEqual(pixel(png, x, y), [0, 0, 0])
})

test('the sixth panel opens a second line', () => {
  const png = PNG.sync.read(figurePng([truth, empty, empty, empty, truth], scan, PALETTE))
  assert.deepEqual([png.width, png.height], [56, 16])
  assert.deepEqual(pixel(png, 0, 15), [110, 0, 0])
})

test('the caption gives the order of the panels', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'figure-'))
  try {
    const path = join(folder, 'case.png')
    assert.equal(
      await writeFigure(path, [truth, empty], scan, PALETTE),
      'Left to right, top to bottom: scan, truth, ace.',
    )
    assert.deepEqual(readFileSync(path), figurePng([truth, empty], scan, PALETTE))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a label map of another shape is refused', () => {
  const other = { title: 'ours', labels: { shape: [1, 1, 1] as const, affine: IDENTITY, data: new Uint8Array(1) } }
  assert.throws(() => figurePng([truth, other], scan, PALETTE), /1,1,1 voxels on a scan of 4,3,2/)
})
