import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape, Volume } from '../volume/volume.ts'
import { type PreprocessCard, preprocess } from './preprocess.ts'

const CARD: PreprocessCard = {
  channels: [{ name: 't1' }, { name: 'flair' }],
  preprocess: {
    orientation: 'RAS',
    spacingMm: [1, 1, 1],
    normalize: { kind: 'foreground-zscore', quantile: 0.99, thresholdFraction: 0.2, clip: 5 },
    // more than there is: the model grid is the scan's
    cropMarginMm: 20,
  },
}
const SHAPE: Shape = [16, 14, 12]
const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

/** Values by index; RAS and 1 mm, as the card asks for. */
function scan(valueAt: (i: number, j: number, k: number) => number): Volume<'scan'> {
  const [nx, ny, nz] = SHAPE
  const data = Float32Array.from({ length: nx * ny * nz }, (_, at) =>
    valueAt(at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))),
  )
  return { frame: 'scan', shape: SHAPE, affine: AFFINE, data }
}

const isHead = (i: number, j: number, k: number) => i > 3 && i < 12 && j > 3 && j < 10 && k > 2 && k < 9
const stripped = scan((i, j, k) => (isHead(i, j, k) ? 100 + i : 0))
/** Noise in its air, and a slab of zeros that cuts the head. */
const padded = scan((i, j, k) => (i < 6 ? 0 : isHead(i, j, k) ? 80 + j : 1 + ((7 * i + 5 * j + 3 * k) % 3)))
const voxels = (is: (i: number, j: number, k: number) => boolean) =>
  Uint8Array.from(scan((...at) => Number(is(...at))).data)

test('silent is what lies outside the mask of a stripped scan', () => {
  const { silent } = preprocess(new Map([['t1', stripped]]), CARD)
  assert.deepEqual(
    silent,
    voxels((i, j, k) => !isHead(i, j, k)),
  )
})

test('of two scans both must be 0 there', () => {
  const scans = new Map([
    ['flair', padded],
    ['t1', stripped],
  ])
  assert.deepEqual(
    preprocess(scans, CARD).silent,
    voxels((i, j, k) => !isHead(i, j, k) && i < 6),
  )
})
