import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePrefer, preferenceApplied } from './prefer.ts'

test('nothing preferred: wait for the answer', () => {
  assert.deepEqual(parsePrefer(undefined), { respondAsync: false, waitS: undefined })
})

test('the examples of RFC 7240 are understood', () => {
  assert.deepEqual(parsePrefer('respond-async, wait=10'), { respondAsync: true, waitS: 10 })
  assert.deepEqual(parsePrefer('Respond-Async; foo="bar", WAIT=100'), { respondAsync: true, waitS: 100 })
  assert.deepEqual(parsePrefer('respond-async, wait="5"'), { respondAsync: true, waitS: 5 })
})

test('of two waits the first counts (RFC 7240, section 2)', () => {
  assert.equal(parsePrefer('wait=3, wait=9').waitS, 3)
})

test('what is unknown or malformed is ignored', () => {
  assert.deepEqual(parsePrefer('return=minimal, wait=soon, wait=-1'), { respondAsync: false, waitS: undefined })
})

test('only what was followed is said to be applied', () => {
  const both = { respondAsync: true, waitS: 10 }
  assert.equal(preferenceApplied(both, true), 'respond-async, wait=10')
  assert.equal(preferenceApplied(both, false), 'wait=10')
  assert.equal(preferenceApplied({ respondAsync: false, waitS: undefined }, true), undefined)
})
