import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MOST_TRIES, nextTryMs } from './back-off.ts'

test('waits double from a second to a quarter of an hour', () => {
  const longest = [1, 2, 3, 4, 10, 11, 100].map((tries) => nextTryMs(tries, 1))
  assert.deepEqual(longest, [1_000, 2_000, 4_000, 8_000, 512_000, 900_000, 900_000])
})

test('chance takes up to a half off', () => {
  assert.deepEqual(
    [0, 0.5, 1].map((random) => nextTryMs(3, random)),
    [2_000, 3_000, 4_000],
  )
})

test('who asks for a longer wait gets it, and a shorter one changes nothing', () => {
  assert.equal(nextTryMs(1, 1, 60_000), 60_000)
  assert.equal(nextTryMs(11, 1, 60_000), 900_000)
})

test('the tries of an effect take about a day, and after the last there is none', () => {
  let tries = 1
  let sumMs = 0
  for (let waitMs = nextTryMs(tries, 0.5); waitMs !== null; waitMs = nextTryMs(++tries, 0.5)) sumMs += waitMs
  assert.equal(tries, MOST_TRIES)
  assert.equal(Math.round(sumMs / 3_600_000), 24)
  assert.deepEqual(
    [MOST_TRIES, MOST_TRIES + 1].map((each) => nextTryMs(each, 0.5, 60_000)),
    [null, null],
  )
})
