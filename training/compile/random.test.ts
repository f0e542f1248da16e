import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom, weightedIndex } from './random.ts'

const draw = (...parts: number[]) => {
  const random = seededRandom(...parts)
  return Array.from({ length: 5 }, () => random.uniform(0, 1))
}

test('the same numbers give the same stream, any other number another one', () => {
  assert.deepEqual(draw(1, 2), draw(1, 2))
  const streams = [draw(1, 2), draw(2, 1), draw(1), draw(1, 3), draw(1 + 2 ** 32, 2)].map((stream) => stream[0])
  assert.equal(new Set(streams).size, streams.length)
})

test('normal() has mean 0 and variance 1 within four standard errors', () => {
  const random = seededRandom(5)
  const n = 20000
  const values = Array.from({ length: n }, random.normal)
  const mean = values.reduce((sum, x) => sum + x, 0) / n
  const variance = values.reduce((sum, x) => sum + x * x, 0) / n
  assert.ok(Math.abs(mean) < 4 / Math.sqrt(n), `${mean}`)
  assert.ok(Math.abs(variance - 1) < 4 * Math.sqrt(2 / n), `${variance}`)
})

test('int(n) reaches every integer below n and no other', () => {
  const random = seededRandom(3)
  assert.deepEqual([...new Set(Array.from({ length: 200 }, () => random.int(4)))].sort(), [0, 1, 2, 3])
})

test('an index is drawn in proportion to its weight, never with weight 0', () => {
  const random = seededRandom(9)
  const n = 8000
  const counts = [0, 0, 0]
  for (let i = 0; i < n; i++) counts[weightedIndex([1, 0, 3], random)]!++
  assert.equal(counts[1], 0)
  // binomial: 4 standard errors of p = 0.75 are 0.0194
  assert.ok(Math.abs(counts[2]! / n - 0.75) < 0.0194, `${counts}`)
})
