/** Worked by hand: joint counts of two, three and four cells. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BINS, entropies, mutualInformation, normalizedInformation } from './shared-information.ts'

function counts(...cells: readonly (readonly [a: number, b: number, count: number])[]): Float64Array {
  const histogram = new Float64Array(BINS * BINS)
  for (const [a, b, count] of cells) histogram[BINS * a + b] = count
  return histogram
}
const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-12, `${found}`)

test('two halves that name each other share ln 2; the joint entropy is that of one of them', () => {
  const told = counts([3, 14, 50], [9, 1, 50])
  near(mutualInformation(told), Math.LN2)
  near(normalizedInformation(told), 2)
})

test('independent scans share nothing', () => {
  const untold = counts([0, 0, 5], [0, 15, 5], [15, 0, 5], [15, 15, 5])
  near(mutualInformation(untold), 0)
  near(normalizedInformation(untold), 1)
})

test('a quarter that is told apart in one scan only: H(A) = 1.5 ln 2, H(B) = ln 2, H(A, B) = 1.5 ln 2', () => {
  const some = counts([0, 0, 2], [1, 1, 1], [2, 1, 1])
  const { first, second, joint } = entropies(some)
  near(first, 1.5 * Math.LN2)
  near(second, Math.LN2)
  near(joint, 1.5 * Math.LN2)
  near(normalizedInformation(some), 2.5 / 1.5)
})

test('a scan of one intensity tells nothing and is told all', () => {
  near(mutualInformation(counts([4, 4, 9])), 0)
  near(normalizedInformation(counts([4, 4, 9])), 2)
})
