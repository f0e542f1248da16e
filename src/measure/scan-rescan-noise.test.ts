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
  for (const [meanMl, differenceMl] of MEASURED)
    assert.ok(lesionNoiseMl(meanMl, 'at-both') >= differenceMl, `${meanMl}`)
})

/** The same of lesions of which one map was not sure. */
const DOUBTFUL = [
  [0.06, 0.151],
  [0.14, 0.277],
] as const

test('so it does where one date is not sure', () => {
  for (const [meanMl, differenceMl] of DOUBTFUL)
    assert.ok(lesionNoiseMl(meanMl, 'doubtful-at-one') >= differenceMl, `${meanMl}`)
  assert.ok(lesionNoiseMl(0.1, 'doubtful-at-one') > lesionNoiseMl(0.1, 'at-both'))
})

test('a lesion that one date alone shows counts from 0.05 mL', () => {
  assert.equal(lesionNoiseMl(0.03, 'at-one'), 0.05)
})

test('the noise grows with the lesion up to its limit', () => {
  assert.ok(lesionNoiseMl(0.1, 'at-both') < lesionNoiseMl(1, 'at-both'))
  assert.equal(lesionNoiseMl(20, 'at-both'), lesionNoiseMl(100, 'at-both'))
})
