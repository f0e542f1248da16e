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

test('between mask and fill interpolation makes a ramp: its voxels nearer to the fill are told from both', () => {
  // 2 mm voxels on a 1 mm grid: two model voxels a scan voxel, a quarter of it from its centre
  const coarse = { ...stripped, affine: stripped.affine.map((value, at) => (at < 12 ? 2 * value : value)) }
  const { silent, grid } = preprocess(new Map([['t1', coarse]]), CARD)
  const row = silent.subarray(grid.shape[0] * (14 + grid.shape[1] * 12)).subarray(0, 32)
  // the head is i = 4 … 11 of 16: model voxels 8 … 23; beside them one on the ramp
  assert.deepEqual(
    [...row],
    Array.from({ length: 32 }, (_, i) => (i >= 8 && i < 24 ? 0 : i === 7 || i === 24 ? 2 : 1)),
  )
})

test('a head that reaches the end of the field of view goes on beyond it by what is missing of the margin', () => {
  const cut = scan((i, j, k) => (isHead(i, j, k) && k < 9 ? 100 + i : 0))
  const [nx, ny] = SHAPE
  const upper = { ...cut, shape: [nx, ny, 9] as const, data: cut.data.slice(0, nx * ny * 9) }
  const card = { ...CARD, preprocess: { ...CARD.preprocess, cropMarginMm: 3 } }
  // 4 … 11 of 16, 4 … 9 of 14, 3 … 8 of 9
  assert.deepEqual(preprocess(new Map([['t1', upper]]), card).beyond, { low: [0, 0, 0], high: [0, 0, 3] })
})

test('bright voxels of air at the end of the field of view are no head that goes on', () => {
  const speck = scan((i, j, k) => (isHead(i, j, k) || (i === 0 && j === 7 && k === 5) ? 100 + i : 0))
  assert.deepEqual(preprocess(new Map([['t1', speck]]), CARD).beyond.low[0], 0)
})
