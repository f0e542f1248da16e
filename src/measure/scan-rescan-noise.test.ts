import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lesionNoiseMl } from './scan-rescan-noise.ts'

/** By bench/scan-rescan.ts, joint-wmh 0.8.2: where most pairs of scans of that size were, and what 95 % of them differed by. */
const MEASURED = [
  [0.06, 0.014],
  [0.2, 0.022],
  [0.6, 0.162],
  [12, 2.662],
  [25, 1.907],
] as const

test('the noise covers what 95 % of pairs of scans differed by, of every size', () => {
  for (const [meanMl, differenceMl] of MEASURED) assert.ok(lesionNoiseMl(meanMl, true) >= differenceMl, `${meanMl}`)
})

test('a lesion that one date alone shows counts from 0.12 mL', () => {
  assert.equal(lesionNoiseMl(0.03, false), 0.12)
})

test('the noise grows with the lesion up to its limit', () => {
  assert.ok(lesionNoiseMl(0.1, true) < lesionNoiseMl(1, true))
  assert.equal(lesionNoiseMl(20, true), lesionNoiseMl(100, true))
})
