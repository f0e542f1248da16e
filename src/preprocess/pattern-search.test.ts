import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patternSearch } from './pattern-search.ts'

test('the bottom of a tilted bowl is found to the last step', () => {
  const bowl = ([x, y]: readonly number[]) => (x! - 3.25) ** 2 + 2 * (y! + 7.5) ** 2 + (x! - 3.25) * (y! + 7.5)
  const { at, cost } = patternSearch(bowl, [0, 0], [4, 4], 1 / 32)
  assert.ok(Math.abs(at[0]! - 3.25) <= 0.125 && Math.abs(at[1]! + 7.5) <= 0.125, `${at}`)
  assert.equal(cost, bowl(at))
})

test('the start is kept where nothing near is less, and what is forbidden is never taken', () => {
  assert.deepEqual(patternSearch(() => 1, [5, 6], [1, 1], 1 / 4).at, [5, 6])
  const fenced = ([x]: readonly number[]) => (x! > 2 ? Infinity : -x!)
  assert.deepEqual(patternSearch(fenced, [0], [0.75], 1 / 4).at, [1.875])
})
