import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultError } from '../errors.ts'
import { foregroundThreshold, normalize, quantile, quantiles } from './normalize.ts'

const SPEC = { kind: 'foreground-zscore', quantile: 0.9, thresholdFraction: 0.1, clip: 3 } as const

test('the quantile is the value that this share of all values does not exceed', () => {
  const data = Float32Array.of(50, 10, 40, 20, 30)
  assert.deepEqual(
    [0.2, 0.4, 0.41, 0.5, 0.8, 0.81, 1].map((q) => quantile(data, q)),
    [10, 20, 30, 30, 40, 50, 50],
  )
})

test('the quantile is exact over the whole range of floats, negatives, zeros and part of a buffer', () => {
  const all = Float32Array.of(9, -1e30, -2.5, -2.4999998, -0, 0, 1e-40, 1e-39, 7, 3e38, 9)
  const data = all.subarray(1, 10)
  const sorted = [...data].sort((a, b) => a - b)
  sorted.forEach((value, rank) => {
    assert.ok(quantile(data, (rank + 0.5) / 9) === value)
  })
})

test('the threshold lies a tenth of the way from the low quantile to the high one', () => {
  // 0.1 of 10 values do not exceed 20, 0.9 do not exceed 120; 20 + 0.1 · (120 − 20) = 30. The hot 1e6 does not matter.
  assert.equal(foregroundThreshold(Float32Array.of(20, 120, 120, 120, 120, 120, 120, 120, 120, 1e6), SPEC), 30)
})

test('foreground values become z-scores, background keeps its distance, both clipped', () => {
  // Foreground 2, 4, 4, 4, 5, 5, 7, 9: mean 5, population std 2. Background 0 → −2.5.
  const data = Float32Array.of(0, 2, 4, 4, 4, 5, 5, 7, 9, 0)
  assert.deepEqual(normalize(data, SPEC, 't1'), { voxels: 8, spread: 2 / 5 })
  assert.deepEqual(data, Float32Array.of(-2.5, -1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2, -2.5))
  const clipped = Float32Array.of(0, 2, 4, 4, 4, 5, 5, 7, 9, 0)
  normalize(clipped, { ...SPEC, clip: 1 }, 't1')
  assert.deepEqual(clipped, Float32Array.of(-1, -1, -0.5, -0.5, -0.5, 0, 0, 1, 1, -1))
})

test('scaling and shifting the intensities changes nothing', () => {
  const raw = Array.from({ length: 100 }, (_, at) => (at < 50 ? at % 3 : 40 + ((at * 37) % 60)))
  const data = Float32Array.from(raw)
  const other = Float32Array.from(raw, (value) => 8 * value - 1024)
  const spreads = [normalize(data, SPEC, 't1').spread, normalize(other, SPEC, 't1').spread]
  assert.ok(Math.abs(spreads[0]! - spreads[1]!) < 1e-9)
  data.forEach((value, at) => {
    assert.ok(Math.abs(value - other[at]!) < 1e-5)
  })
})

test('the air of a whole head and the zeros of a stripped one leave the same brain', () => {
  const brain = Array.from({ length: 60 }, (_, at) => 200 + ((at * 37) % 50))
  const noisy = Float32Array.from([...brain, ...Array.from({ length: 40 }, (_, at) => at % 15)])
  const stripped = Float32Array.from([...brain, ...new Array<number>(40).fill(0)])
  assert.equal(normalize(noisy, SPEC, 't1').voxels, 60)
  assert.equal(normalize(stripped, SPEC, 't1').voxels, 60)
  assert.deepEqual(noisy.slice(0, 60), stripped.slice(0, 60))
})

test('a few voxels far below a background of zeros, as splines leave them, do not make it foreground', () => {
  const stripped = Float32Array.from({ length: 1000 }, (_, at) => (at < 200 ? 60 + (at % 40) : 0))
  const undershot = stripped.map((value, at) => (at >= 990 ? -50 : value))
  assert.equal(normalize(undershot, SPEC, 't1').voxels, 200)
  assert.equal(normalize(stripped, SPEC, 't1').voxels, 200)
  assert.deepEqual(undershot.slice(0, 200), stripped.slice(0, 200))
})

test('a volume without contrast is refused', () => {
  const constant = (error: unknown): boolean => error instanceof FaultError && error.fault.kind === 'scan-constant'
  assert.throws(() => normalize(new Float32Array(8).fill(5), SPEC, 't1'), constant)
  assert.throws(() => normalize(Float32Array.of(0, 0, 7, 7, 7), SPEC, 't1'), constant)
})

test('several quantiles at a time are those of the sorted values, also of values that nearly agree', () => {
  const data = Float32Array.from(
    { length: 1000 },
    (_, n) => 1 + ((n * 7919) % 1000) * 2 ** -22 + (n % 3 === 0 ? -2 : 0),
  )
  const sorted = data.toSorted()
  const fractions = [0.999, 0.001, 0.5, 0.34, 0.5]
  assert.deepEqual(
    quantiles(data, fractions),
    fractions.map((q) => sorted[Math.ceil(q * 1000) - 1]),
  )
})

test('zeros that are only counted are as good as zeros that are there', () => {
  const values = Float32Array.from({ length: 5000 }, (_, at) => ((at * 7919) % 1013) - (at % 3 === 0 ? 600 : 0))
  const fractions = [0.01, 0.3, 0.5, 0.75, 0.99]
  for (const zerosMore of [0, 1, 700, 40_000]) {
    const whole = new Float32Array(values.length + zerosMore)
    whole.set(values)
    assert.deepEqual(quantiles(values, fractions, zerosMore), quantiles(whole, fractions))
    const sorted = whole.toSorted()
    assert.deepEqual(
      quantiles(whole, fractions),
      fractions.map((q) => sorted[Math.ceil(q * whole.length) - 1]),
    )
  }
})
