import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairLevels } from './pair-levels.ts'
import type { FoundTissue } from './tissue-finder.ts'

const EDGE = 24
const SIZE = EDGE ** 3
const STEP_MM = 4
const T1 = [-2, 0.5, 1.5] as const
const FLAIR = [-2, 1.5, 0.8] as const

/** 0, 1, 2 for fluid, grey, white: three slabs along i. */
const tissueAt = (at: number): number => Math.floor((3 * (at % EDGE)) / EDGE)
const SURE = (at: number, part: number) => (tissueAt(at) === part ? 0.6 : 0.2)
const KNOWS_NOTHING = () => 1 / 3

function head(
  levels: readonly number[],
  shareAt: (at: number, part: number) => number,
  { seed = 7919, spoil = (_: number, value: number): number => value, shiftMm = 0 } = {},
): FoundTissue {
  const [csf, grey, white] = [0, 1, 2].map((part) => Float32Array.from({ length: SIZE }, (_, at) => shareAt(at, part)))
  const noise = (at: number) => (((at * seed) % 101) / 50 - 1) * 0.15
  const values = Float32Array.from({ length: SIZE }, (_, at) => spoil(at, levels[tissueAt(at)]! + noise(at)))
  const affine = [STEP_MM, 0, 0, shiftMm, 0, STEP_MM, 0, 0, 0, 0, STEP_MM, 0, 0, 0, 0, 1]
  return {
    shape: [EDGE, EDGE, EDGE],
    affine,
    values,
    brain: new Float32Array(SIZE).fill(1),
    csf: csf!,
    grey: grey!,
    white: white!,
  }
}

/** White matter above grey in each scan, in quartile distances. */
function whiteAboveGrey(first: FoundTissue, second: FoundTissue): readonly [number, number] {
  const found = pairLevels(first, second)!
  return [found.first.white - found.first.grey, found.second.white - found.second.grey]
}

test('the order of grey and white is that of each scan', () => {
  const [t1, flair] = whiteAboveGrey(head(T1, SURE), head(FLAIR, SURE, { seed: 6007 }))
  assert.ok(t1 > 0.1, `${t1}`)
  assert.ok(flair < -0.1, `${flair}`)
})

test('it is the other way round for the two in the other order', () => {
  const [flair, t1] = whiteAboveGrey(head(FLAIR, SURE), head(T1, SURE, { seed: 6007 }))
  assert.ok(t1 > 0.1, `${t1}`)
  assert.ok(flair < -0.1, `${flair}`)
})

test('places that only one of the two shows are enough for both', () => {
  const [t1, flair] = whiteAboveGrey(head(T1, SURE), head(FLAIR, KNOWS_NOTHING, { seed: 6007 }))
  assert.ok(t1 > 0.1, `${t1}`)
  assert.ok(flair < -0.1, `${flair}`)
})

test('a lesion in a tenth of the white matter, bright in the second, does not turn the order round', () => {
  const lesion = (at: number, value: number) => (tissueAt(at) === 2 && Math.floor(at / EDGE) % 10 === 0 ? 4 : value)
  const [t1, flair] = whiteAboveGrey(head(T1, SURE), head(FLAIR, SURE, { seed: 6007, spoil: lesion }))
  assert.ok(t1 > 0.1, `${t1}`)
  assert.ok(flair < -0.1, `${flair}`)
})

test('a head that lies elsewhere by its header is laid back before the two are compared', () => {
  const there = head(FLAIR, SURE, { seed: 6007, shiftMm: EDGE * STEP_MM })
  const [t1, flair] = whiteAboveGrey(head(T1, SURE), there)
  assert.ok(t1 > 0.1, `${t1}`)
  assert.ok(flair < -0.1, `${flair}`)
})

test('nothing is said where the brains are not of one shape, or one scan has one intensity', () => {
  const half = (at: number, part: number) => (at < SIZE / 2 ? SURE(at, part) : 0)
  assert.equal(pairLevels(head(T1, SURE), head(FLAIR, half)), null)
  assert.equal(pairLevels(head(T1, SURE), head([1, 1, 1], SURE, { spoil: () => 1 })), null)
})
