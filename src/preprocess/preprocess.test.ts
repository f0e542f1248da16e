import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_48, storedAs, tiltedAffine } from '../../test/fixtures/orientations.ts'
import { FaultError, type FaultKind } from '../errors.ts'
import { applyAffine, invert, spacingMm } from '../volume/affine.ts'
import { crop } from '../volume/crop.ts'
import { orientationCode, toCanonical } from '../volume/orientation.ts'
import type { Grid, LabelVolume, Volume } from '../volume/volume.ts'
import { type Prepared, type PreprocessCard, preprocess } from './preprocess.ts'

const card = (spacingMm: [number, number, number], cropMarginMm = 2): PreprocessCard => ({
  channels: [{ name: 't1' }, { name: 'flair' }],
  preprocess: {
    orientation: 'RAS',
    spacingMm,
    normalize: { kind: 'foreground-zscore', quantile: 0.99, thresholdFraction: 0.2, clip: 5 },
    cropMarginMm,
  },
})

/** A head of three ellipsoids with texture around the world's origin, 24 × 30 × 22 mm, in zero or noisy air. */
function scanOf(grid: Grid, air: number, contrast: number): Volume<'scan'> {
  const data = new Float32Array(grid.shape[0] * grid.shape[1] * grid.shape[2])
  for (let k = 0, at = 0; k < grid.shape[2]; k++) {
    for (let j = 0; j < grid.shape[1]; j++) {
      for (let i = 0; i < grid.shape[0]; i++, at++) {
        const [x, y, z] = applyAffine(grid.affine, i, j, k)
        const r = Math.hypot(x / 12, y / 15, z / 11)
        const texture = Math.sin(1.3 * x + 0.7 * y) + Math.cos(1.1 * z - 0.4 * y + 0.2 * x)
        data[at] = r > 1 ? air * (1 + texture) : 100 + contrast * (r > 0.7 ? 0 : r > 0.4 ? 1 : 2) + 5 * texture
      }
    }
  }
  return { ...grid, frame: 'scan', data }
}

const upright = { shape: [34, 40, 32], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [-17, -20, -16]) } as const
const uneven = { shape: [38, 40, 12], affine: tiltedAffine([0.9, 1, 2.7], [0, 0, 0], [-17, -20.3, -15]) } as const
const oblique = { shape: [40, 42, 30], affine: tiltedAffine([0.9, 1, 1.2], [9, -7, 12], [-14, -24.5, -17.5]) } as const

const only = (scan: Volume<'scan'>): Map<string, Volume<'scan'>> => new Map([['t1', scan]])

/** In the order opposite to the card's: the order in which channels are sent must not matter. */
const pair = (t1: Volume<'scan'>, flair: Volume<'scan'>): Map<string, Volume<'scan'>> =>
  new Map([
    ['flair', flair],
    ['t1', t1],
  ])

/** Labels 0..3 on the model grid: 0 in the background, else by a congruence on the index. */
function drawn({ grid, channels }: Prepared): LabelVolume {
  const { data } = channels.find((channel) => channel !== null)!
  const labelled = Uint8Array.from(data, (value, at) => (value > 0 ? 1 + (((at * 1103515245 + 12345) >>> 16) % 3) : 0))
  return { ...grid, data: labelled }
}

test('one head stored in all 48 orders gives bit-identical channels, upright, anisotropic and oblique', () => {
  for (const grid of [upright, uneven, oblique]) {
    const scan = scanOf(grid, 3, 30)
    for (const spacing of [
      [1, 1, 1],
      [2, 2, 2],
    ] as const) {
      const expected = preprocess(only(scan), card([...spacing]))
      for (const map of ALL_48) {
        const { grid: model, channels } = preprocess(only(storedAs(scan, map)), card([...spacing]))
        assert.deepEqual(model.shape, expected.grid.shape)
        assert.deepEqual(channels[0]!.data, expected.channels[0]!.data)
      }
    }
  }
})

test('a label map lands on the own grid of the scan, the same for all 48 stored orders', () => {
  for (const grid of [upright, uneven, oblique]) {
    const scan = scanOf(grid, 0, 30)
    const prepared = preprocess(only(scan), card([1, 1, 1]))
    const expected = prepared.restore(drawn(prepared), scan)
    assert.equal(expected.shape, scan.shape)
    assert.equal(expected.affine, scan.affine)
    for (const map of ALL_48) {
      const stored = storedAs(scan, map)
      const again = preprocess(only(stored), card([1, 1, 1]))
      assert.deepEqual(again.restore(drawn(again), stored).data, storedAs(expected, map).data)
    }
  }
})

test('at the spacing of the card nothing is interpolated: each label lies where it was drawn, around it nothing', () => {
  for (const degrees of [
    [0, 0, 0],
    [9, -7, 12],
  ] as const) {
    const grid = { shape: [40, 42, 34], affine: tiltedAffine([1, 1, 1], degrees, [-17, -23.5, -18.5]) } as const
    for (const map of ALL_48) {
      const stored = storedAs(scanOf(grid, 0, 30), map)
      const prepared = preprocess(only(stored), card([1, 1, 1]))
      const labels = drawn(prepared)
      const restored = { ...stored, data: prepared.restore(labels, stored).data }
      const canonical = storedAs(restored, toCanonical(stored))
      const first = applyAffine(invert(grid.affine), ...applyAffine(prepared.grid.affine, 0, 0, 0)).map(Math.round)
      const start = [first[0]!, first[1]!, first[2]!] as const
      const [nx, ny, nz] = prepared.grid.shape
      const box = { start, end: [start[0] + nx, start[1] + ny, start[2] + nz] } as const
      assert.deepEqual(crop(canonical.data, canonical.shape, box), labels.data)
      const labelled = (data: Uint8Array): number => data.reduce((voxels, label) => voxels + Number(label > 0), 0)
      assert.equal(labelled(restored.data), labelled(labels.data))
    }
  }
})

test('the model grid is RAS at the spacing of the card and holds the head and its margin, not the air', () => {
  const scan = scanOf(upright, 3, 30)
  const { grid, foregroundMl } = preprocess(only(scan), card([1, 1, 1]))
  assert.equal(orientationCode(grid.affine), 'RAS')
  assert.deepEqual(spacingMm(grid.affine), [1, 1, 1])
  // The ellipsoid reaches −12 … 12, −15 … 15, −11 … 11 mm; 2 mm of margin on each side.
  assert.deepEqual(grid.shape, [29, 35, 27])
  assert.deepEqual(applyAffine(grid.affine, 0, 0, 0), [-14, -17, -13])
  // Its volume is 4/3 π · 12 · 15 · 11 mm³ = 8.29 mL.
  assert.ok(Math.abs(foregroundMl / 8.29 - 1) < 0.02)
})

test('channels come in the order of the card, on one grid, null where none was sent', () => {
  const flair = scanOf(uneven, 3, -20)
  const both = preprocess(pair(scanOf(upright, 3, 30), flair), card([1, 1, 1]))
  assert.deepEqual(
    both.channels.map((channel) => channel?.shape),
    [both.grid.shape, both.grid.shape],
  )
  const alone = preprocess(new Map([['flair', flair]]), card([1, 1, 1]))
  assert.equal(alone.channels[0], null)
  assert.equal(alone.channels[1]!.frame, 'model')
})

test('a second channel on its own tilted grid is sampled at the world positions of the model grid', () => {
  // The second channel is a linear ramp over the world: what comes out must be one too, up to its z-score.
  const wide = { shape: [40, 36, 30], affine: tiltedAffine([1.6, 1.8, 2.1], [12, 5, -9], [-37, -19, -33]) } as const
  const ramp = (grid: Grid, at: number): number => {
    const [nx, ny] = grid.shape
    const [x, y, z] = applyAffine(grid.affine, at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny))
    return 300 + 2 * x - 3 * y + z
  }
  const data = Float32Array.from({ length: 40 * 36 * 30 }, (_, at) => ramp(wide, at))
  const { grid, channels } = preprocess(pair(scanOf(upright, 0, 30), { ...wide, frame: 'scan', data }), card([1, 1, 1]))
  const found = channels[1]!.data
  const last = found.length - 1
  const slope = (found[last]! - found[0]!) / (ramp(grid, last) - ramp(grid, 0))
  assert.ok(slope > 0.001)
  found.forEach((value, at) => {
    assert.ok(Math.abs(value - found[0]! - slope * (ramp(grid, at) - ramp(grid, 0))) < 1e-4)
  })
})

test('two channels give the same bits whichever way each is stored', () => {
  const [t1, flair] = [scanOf(upright, 3, 30), scanOf(oblique, 3, -20)]
  const expected = preprocess(pair(t1, flair), card([1, 1, 1])).channels
  ALL_48.forEach((map, at) => {
    const scans = pair(storedAs(t1, map), storedAs(flair, ALL_48[(at * 5 + 7) % 48]!))
    const found = preprocess(scans, card([1, 1, 1])).channels
    assert.deepEqual(found[0]!.data, expected[0]!.data)
    assert.deepEqual(found[1]!.data, expected[1]!.data)
  })
})

test('the label map can be asked for on the grid of the second channel', () => {
  const flair = scanOf(uneven, 3, -20)
  const prepared = preprocess(pair(scanOf(upright, 3, 30), flair), card([1, 1, 1]))
  const head = { ...prepared.grid, data: Uint8Array.from(prepared.channels[0]!.data, (value) => Number(value > -2)) }
  const restored = prepared.restore(head, flair)
  assert.deepEqual(restored.shape, flair.shape)
  // Where the second channel is bright (inside the head), the label is set.
  const bright = flair.data.reduce((voxels, value) => voxels + Number(value > 20), 0)
  const wrong = flair.data.reduce((voxels, value, at) => voxels + Number(value > 20 !== restored.data[at]! > 0), 0)
  assert.ok(wrong < 0.06 * bright)
})

test('what cannot be used is refused by kind', () => {
  const t1 = scanOf(upright, 3, 30)
  const far = { ...t1, affine: tiltedAffine([1, 1, 1], [0, 0, 0], [100, 100, 100]) }
  const cases: [FaultKind, Map<string, Volume<'scan'>>][] = [
    ['unknown-channel', new Map([['t2', t1]])],
    ['no-scan', new Map()],
    ['scan-constant', only({ ...t1, data: new Float32Array(t1.data.length).fill(7) })],
    ['channels-do-not-overlap', pair(t1, far)],
  ]
  for (const [kind, scans] of cases) {
    assert.throws(
      () => preprocess(scans, card([1, 1, 1])),
      (error) => error instanceof FaultError && error.fault.kind === kind,
    )
  }
})

test('labels of another shape than the model grid are a bug', () => {
  const { restore } = preprocess(only(scanOf(upright, 3, 30)), card([1, 1, 1]))
  assert.throws(() => restore({ ...upright, data: new Uint8Array(3) }, upright), /3 labels for a model grid/)
})
