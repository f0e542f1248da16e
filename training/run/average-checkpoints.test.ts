import assert from 'node:assert/strict'
import { test } from 'node:test'
import { averageCheckpoints } from './average-checkpoints.ts'
import type { Checkpoint } from './checkpoint.ts'

const run = (step: number, mean: Record<string, number[]>): Checkpoint => ({
  step,
  seconds: 10 * step,
  state: { 'a.m': Float32Array.of(1) },
  mean: Object.fromEntries(Object.entries(mean).map(([name, values]) => [name, Float32Array.from(values)])),
})
const of = (...runs: Checkpoint[]) => averageCheckpoints(new Map(runs.map((one, i) => [`run-${i + 1}`, one])))

test('the mean of the weights, with step and time of the last run and nothing to go on from', () => {
  const { step, seconds, state, mean } = of(
    run(7, { a: [1, 2], b: [4] }),
    run(3, { b: [-2], a: [3, 6] }),
    run(5, { a: [2, 1], b: [1] }),
  )
  assert.deepEqual([step, seconds, state], [5, 50, {}])
  assert.deepEqual(mean, { a: Float32Array.of(2, 3), b: Float32Array.of(1) })
})

test('runs of other networks are refused by name', () => {
  assert.throws(() => of(run(1, { a: [1] }), run(1, { b: [1] })), /^Error: run-1 has other weights than run-2$/)
  assert.throws(() => of(run(1, { a: [1, 2] }), run(1, { a: [1] })), /^Error: a is not of the same size in all runs$/)
})
