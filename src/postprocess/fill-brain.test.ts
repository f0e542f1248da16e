/** A ball of 44 mm in silence (357 mL) at 2 mm, and what a network called of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FoundLabels } from '../network/sliding-window.ts'
import type { Shape } from '../volume/volume.ts'
import { fillBrain, fillFound } from './fill-brain.ts'

const SHAPE: Shape = [60, 60, 60]
const AFFINE = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
const [GREY, WHITE] = [2, 3]

/** @param valueAt by the distance from the middle in voxels, of 22 to the silence */
function map(valueAt: (distance: number, i: number) => number): Uint8Array {
  return Uint8Array.from({ length: 60 ** 3 }, (_, at) => {
    const [i, j, k] = [at % 60, Math.floor(at / 60) % 60, Math.floor(at / 3600)]
    return valueAt(Math.hypot(i - 29.5, j - 29.5, k - 29.5), i)
  })
}
const silent = map((distance) => (distance < 22 ? 0 : distance < 23 ? 2 : 1))
const found = (data: Uint8Array): FoundLabels => ({
  shape: SHAPE,
  affine: AFFINE,
  data,
  confidence: data.map(() => 200),
  inBrain: { labels: data.map(() => GREY), confidence: data.map(() => 90) },
})

test('a hole and an unlabelled part of the rim of a stripped brain take the likeliest tissue; outside nothing changes', () => {
  const called = found(map((distance, i) => (distance < 5 || distance >= 22 || (distance > 20 && i < 30) ? 0 : WHITE)))
  const before = called.data.slice()
  fillBrain(called, silent)
  const expected = before.map((label, at) => (silent[at] === 0 && label === 0 ? GREY : label))
  assert.deepEqual(called.data, expected)
  assert.deepEqual(
    called.confidence,
    before.map((label, at) => (silent[at] === 0 && label === 0 ? 90 : 200)),
  )
})

/** Comes out as it went in. */
function stays(called: FoundLabels, around = silent): void {
  const before = called.data.slice()
  fillBrain(called, around)
  assert.deepEqual(called.data, before)
}

test('a whole head with zeroed air keeps its scalp and skull unlabelled, however much of it is brain', () => {
  // (20 / 22)³ = 75 % of it, and nothing of the outer 4 mm
  stays(found(map((distance) => (distance < 20 ? WHITE : 0))))
})

test('where little is labelled, the network was not asked, or the body is larger than a brain, nothing is done', () => {
  stays(found(map((distance) => (distance > 17 && distance < 22 ? WHITE : 0))))
  const { inBrain: _, ...notAsked } = found(map((distance) => (distance > 5 && distance < 22 ? WHITE : 0)))
  stays(notAsked)
  // the same at 4 mm: 2.9 L
  const large = found(map((distance) => (distance > 5 && distance < 22 ? WHITE : 0)))
  stays({ ...large, affine: AFFINE.map((value) => (value === 2 ? 4 : value)) })
})

test('what lies in the silence beside the brain stays as it is', () => {
  const around = silent.slice()
  around[0] = 0
  const called = found(map((distance) => (distance > 5 && distance < 22 ? WHITE : 0)))
  fillBrain(called, around)
  assert.deepEqual([called.data[0], called.data[29 + 60 * (29 + 60 * 29)]], [0, GREY])
})

test('of a brain found in a whole head what lies deep inside is filled, and nothing near its surface or outside', () => {
  const zones = map((distance) => (distance < 22 ? 2 : distance < 24 ? 1 : 0))
  const called = found(map((distance, i) => (i < 30 || distance >= 22 ? 0 : WHITE)))
  const before = called.data.slice()
  fillFound(called, zones)
  // 6 mm are 3 voxels, counted in steps along the axes, of which the longest way is √3 times as short
  const filled = map((distance, i) => (i < 30 && distance < 22 - 3 - 1 ? 1 : 0))
  const kept = map((distance) => (distance >= 22 - 3 / Math.sqrt(3) ? 1 : 0))
  for (let at = 0; at < before.length; at++) {
    if (filled[at] === 1) assert.deepEqual([called.data[at], called.confidence[at]], [GREY, 90])
    if (kept[at] === 1 || before[at] !== 0) assert.equal(called.data[at], before[at])
  }
})
