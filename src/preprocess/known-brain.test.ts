import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Volume } from '../volume/volume.ts'
import { type KnownBrain, stripTo, ZONE } from './known-brain.ts'
import { preprocess } from './preprocess.ts'
import type { PreprocessSpec } from './spec.ts'

const EDGE = 40
const AFFINE = [1, 0, 0, -20, 0, 1, 0, -20, 0, 0, 1, -20, 0, 0, 0, 1]
const SPEC: PreprocessSpec = {
  orientation: 'RAS',
  spacingMm: [1, 1, 1],
  normalize: { kind: 'foreground-zscore', quantile: 0.99, thresholdFraction: 0.15, clip: 4 },
  cropMarginMm: 2,
}
const card = { channels: [{ name: 't1' }, { name: 'flair' }], preprocess: SPEC }
/** Distance of voxel `at` from the middle in its largest coordinate: cubes within cubes. */
const ring = (at: number) =>
  Math.max(...[at % EDGE, Math.floor(at / EDGE) % EDGE, Math.floor(at / EDGE ** 2)].map((p) => Math.abs(p - 19.5)))

/** Brain up to ring 10, of two intensities; scalp at 14 to 16, as bright as it is said; what else there is, is air. */
function headWith(scalp: number): Volume<'scan'> {
  const data = Float32Array.from({ length: EDGE ** 3 }, (_, at) => {
    if (ring(at) < 10) return at % 2 === 0 ? 100 : 60
    return ring(at) >= 14 && ring(at) < 16 ? scalp : 3
  })
  return { frame: 'scan', shape: [EDGE, EDGE, EDGE], affine: AFFINE, data }
}
const known: KnownBrain = {
  zonesOn: ({ shape, affine }) =>
    Uint8Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, at) => {
      const [x, y, z] = [at % shape[0], Math.floor(at / shape[0]) % shape[1], Math.floor(at / (shape[0] * shape[1]))]
      const far = Math.max(...[x + affine[3]!, y + affine[7]!, z + affine[11]!].map((p) => Math.abs(p + 0.5)))
      return far < 10 ? ZONE.brain : far < 12 ? ZONE.margin : ZONE.outside
    }),
  boxOn: () => ({ start: [8, 8, 8], end: [32, 32, 32] }),
  stripped: new Set(),
}

test('what the network sees of a known brain does not hang on the scalp, and is cut to the brain and the margin', () => {
  const [dark, fat] = [50, 400].map((scalp) => preprocess(new Map([['t1', headWith(scalp)]]), card, known))
  assert.deepEqual(dark!.grid.shape, [24, 24, 24])
  assert.deepEqual(dark!.channels[0]!.data, fat!.channels[0]!.data)
  // half of the brain each: (100 − 80) / 20
  const values = new Set([...dark!.channels[0]!.data].map((value) => value.toFixed(3)))
  assert.deepEqual([...values].sort(), ['-1.000', '-3.850', '1.000'])
  const whole = [50, 400].map((scalp) => preprocess(new Map([['t1', headWith(scalp)]]), card).channels[0]!.data)
  assert.notDeepEqual(whole[0], whole[1])
})

test('a head whose brain was cut is seen whole, its brain as when it was known, whatever the scalp', () => {
  for (const scalp of [50, 400]) {
    const { grid, channels, zones } = preprocess(new Map([['t1', headWith(scalp)]]), card, { ...known, isCut: true })
    assert.equal(zones, undefined)
    // the scalp and 2 mm
    assert.deepEqual(grid.shape, [36, 36, 36])
    const [x, y, z] = [18, 18, 18]
    const middle = channels[0]!.data.subarray(x + 36 * (y + 36 * z), x + 2 + 36 * (y + 36 * z))
    assert.deepEqual([...middle].map((value) => value.toFixed(3)).sort(), ['-1.000', '1.000'])
    // of the scalp there is (50 − 80) / 20, or the most that a voxel may be
    const scalpAt = channels[0]!.data[2 + 36 * (y + 36 * z)]!
    assert.equal(scalpAt.toFixed(3), scalp === 50 ? '-1.500' : '4.000')
  }
})

test('outside of the margin is silence, in the margin and the brain there is none', () => {
  const { silent, zones } = preprocess(new Map([['t1', headWith(50)]]), card, known)
  assert.deepEqual(
    silent.map((kind) => (kind === 1 ? 0 : 1)),
    zones!.map((zone) => (zone === ZONE.outside ? 0 : 1)),
  )
})

test('a scan that is stripped already is left as it is', () => {
  const scan = headWith(50)
  for (let at = 0; at < scan.data.length; at++) if (ring(at) >= 11) scan.data[at] = 0
  const scans = new Map([['t1', scan]])
  const [a, b] = [preprocess(scans, card, { ...known, stripped: new Set(['t1']) }), preprocess(scans, card)]
  assert.deepEqual(a.channels, b.channels)
  assert.deepEqual(a.silent, b.silent)
})

test('stripTo() leaves the least of what stays outside, and gives the brain alone for measuring', () => {
  const data = Float32Array.of(900, 7, 5, 80, 90)
  const zones = Uint8Array.of(0, 1, 1, 2, 2)
  assert.deepEqual([...stripTo(zones, data)], [5, 5, 5, 80, 90])
  assert.deepEqual([...data], [5, 7, 5, 80, 90])
})
