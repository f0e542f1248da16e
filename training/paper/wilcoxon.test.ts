import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signedRank } from './wilcoxon.ts'

const zeros = (n: number) => new Array<number>(n).fill(0)

test('n pairs that all differ the same way have p = 2 / 2^n', () => {
  assert.deepEqual(signedRank([1, 2, 3, 4, 5], zeros(5)), { p: 0.0625, n: 5 })
  assert.deepEqual(signedRank(zeros(6), [1, 2, 3, 4, 5, 6]), { p: 0.03125, n: 6 })
})

test('the depression scores of Hollander & Wolfe (p. 29) have p = 0.0390625', () => {
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3]
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
  assert.deepEqual(signedRank(before, after), { p: 0.0390625, n: 9 })
})

test('ties take the mean rank and the corrected normal tail: scipy gives 0.63529 with correction', () => {
  const a = [125, 115, 130, 140, 140, 115, 140, 125, 140, 135]
  const b = [110, 122, 125, 120, 140, 124, 123, 137, 135, 145]
  const { p, n } = signedRank(a, b)
  assert.equal(n, 9)
  assert.ok(Math.abs(p - 0.6352893188) < 1e-6, `p ${p}`)
})

test('above 25 pairs the normal tail is used: scipy gives 0.16818 for 1 … 30 with every third negative', () => {
  const values = Array.from({ length: 30 }, (_, i) => ((i + 1) % 3 === 0 ? -(i + 1) : i + 1))
  const { p } = signedRank(values, zeros(30))
  assert.ok(Math.abs(p - 0.16817898) < 1e-6, `p ${p}`)
})

test('differences that are equal but for rounding are tied', () => {
  assert.equal(signedRank([0.8, 0.6], [0.7, 0.7]).p, signedRank([1, -1], [0, 0]).p)
})

test('balanced differences and no differences have p = 1', () => {
  assert.deepEqual(signedRank([1, -2, -3, 4], zeros(4)), { p: 1, n: 4 })
  assert.deepEqual(signedRank([0.5, 0.5], [0.5, 0.5]), { p: 1, n: 0 })
})

test('lists of unequal length and values that are not finite are refused', () => {
  assert.throws(() => signedRank([1, 2], [1]), /not 2 and 1/)
  assert.throws(() => signedRank([Number.NaN], [1]), /finite/)
})
