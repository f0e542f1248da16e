import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelVolume } from '../volume/volume.ts'
import type { BrainShape } from './brain-shape.ts'
import { beyondAnyBrain, plausibilityWarnings } from './plausibility.ts'

/** The largest of everything that a right map of a real scan had. */
const BRAIN: BrainShape = {
  labelledMl: 2050,
  extentMm: [156, 184, 160],
  belowMl: () => 3,
  holesMl: 12,
  sphericity: 0.75,
  mirroredShare: 0.91,
  pieceShare: 0.99,
}

test('the extremes of right maps, all at once, are a brain', () => {
  assert.deepEqual(beyondAnyBrain(BRAIN), [])
})

const CASES: readonly (readonly [Partial<BrainShape>, RegExp])[] = [
  [{ labelledMl: 2828 }, /^2828 mL are labelled \(at most 2400\)$/],
  [{ extentMm: [190, 184, 160] }, /^190 mm from left to right/],
  [{ extentMm: [156, 220, 160] }, /^220 mm from back to front/],
  [{ extentMm: [156, 184, 230] }, /^230 mm from top to bottom/],
  [{ belowMl: (depthMm) => (depthMm <= 150 ? 145 : 0) }, /^145 mL lie more than 150 mm below its top, as a neck does/],
  [{ holesMl: 200 }, /^200 mL of holes/],
  [{ sphericity: 0.58 }, /sphericity 0\.58/],
  [{ mirroredShare: 0.6 }, /^left and right share 60 %/],
  [{ pieceShare: 0.5 }, /^the largest piece has 50 %/],
]
for (const [change, expected] of CASES) {
  test(`beyond any brain: ${Object.keys(change)} ${Object.values(change).join()}`, () => {
    const [seen, ...more] = beyondAnyBrain({ ...BRAIN, ...change })
    assert.match(seen!, expected)
    assert.deepEqual(more, [])
  })
}

test('a thin slab of a brain is jagged and no less a brain', () => {
  assert.deepEqual(beyondAnyBrain({ ...BRAIN, extentMm: [140, 170, 24], sphericity: 0.4 }), [])
})

test('an ellipsoid of a brain’s size is one, and so is half of it, as of a head of which one side was scanned', () => {
  const inside = (i: number, j: number, k: number) =>
    ((i - 24) / 17.5) ** 2 + ((j - 24) / 22) ** 2 + ((k - 24) / 17.5) ** 2
  for (const most of [48, 24]) {
    const data = Uint8Array.from({ length: 48 ** 3 }, (_, at) => {
      const [i, j, k] = [at % 48, Math.floor(at / 48) % 48, Math.floor(at / 48 ** 2)]
      return i < most && inside(i, j, k) < 1 ? 1 : 0
    })
    const affine = [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]
    assert.deepEqual(plausibilityWarnings({ shape: [48, 48, 48], affine, data }), [])
  }
})

test('a head and a neck of one label are one warning that says all that is wrong with them', () => {
  // voxels of 4 mm: a box of 160 × 200 × 160 mm and a neck of 100 × 100 × 80 mm under it
  const data = new Uint8Array(64 ** 3)
  for (let k = 0; k < 60; k++)
    for (let j = k < 20 ? 20 : 8; j < (k < 20 ? 45 : 58); j++)
      data.fill(1, 64 * (j + 64 * k) + (k < 20 ? 20 : 12), 64 * (j + 64 * k) + (k < 20 ? 45 : 52))
  const found: LabelVolume = { shape: [64, 64, 64], affine: [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1], data }
  const [warning, ...more] = plausibilityWarnings(found)
  assert.deepEqual([warning!.code, more], ['implausible', []])
  // 40 · 50 · 40 + 25 · 25 · 20 blocks of 64 µL; the neck and 160 − 148 mm of the head lie 152 mm and more below the top
  const neckMl = (25 * 25 * 20 + 40 * 50 * 2) * 0.064
  assert.equal(
    warning!.message,
    'no brain is like this: 5920 mL are labelled (at most 2400); 240 mm from top to bottom (at most 190); ' +
      `${neckMl.toFixed(0)} mL lie more than 150 mm below its top, as a neck does (at most 100)`,
  )
})
