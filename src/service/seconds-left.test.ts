import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobState } from '../store/job.ts'
import { secondsLeft } from './seconds-left.ts'

const after = (done: number, inferSeconds: number, state: JobState = 'running') =>
  secondsLeft({ state, progress: { stage: 'infer', done, total: 8, inferSeconds } })

test('3 of 8 patches in 12 s leave 5 of 4 s each: 20 s', () => {
  assert.equal(after(3, 12), 20)
})

test('a part of a second is a second: 1 of 8 patches in 0.1 s leaves 0.7 s', () => {
  assert.equal(after(1, 0.1), 1)
})

test('the last patch leaves nothing', () => {
  assert.equal(after(8, 40), 0)
})

test('a slower pace is seen at once: twice the time for the same patches leaves twice as long', () => {
  assert.equal(after(4, 20), 20)
  assert.equal(after(4, 40), 40)
})

test('without a patch of this run nothing is known', () => {
  assert.equal(after(0, 0), null)
  for (const stage of ['decode', 'preprocess', 'postprocess', 'encode'] as const) {
    assert.equal(secondsLeft({ state: 'running', progress: { stage, done: 0, total: 1 } }), null)
  }
})

test('what does not run has no time left: neither one that waits again nor one that has ended', () => {
  for (const state of ['queued', 'cancelled', 'failed', 'succeeded'] as const) assert.equal(after(3, 12, state), null)
})
