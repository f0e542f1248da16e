import assert from 'node:assert/strict'
import { test } from 'node:test'
import { report } from '../../test/fixtures/service.ts'
import type { Job } from '../store/job.ts'
import { createPace, retryAfterS } from './pace.ts'

test('who is refused comes back when half of the queue is done: from 1 s to an hour', () => {
  const TABLE: readonly [queued: number, running: number, meanSeconds: number, expected: number][] = [
    [8, 2, 30, 60],
    [8, 1, 30, 120],
    [7, 1, 30, 105],
    [1, 1, 30, 30],
    [0, 1, 30, 30],
    [0, 0, 5, 5],
    [16, 0, 5, 40],
    [3, 2, 0.001, 1],
    [0, 4, 0, 1],
    [10_000, 1, 60, 3600],
  ]
  for (const [queued, running, meanSeconds, expected] of TABLE) {
    assert.equal(retryAfterS(queued, running, meanSeconds), expected, `${queued} ${running} ${meanSeconds}`)
  }
})

const common = {
  id: '',
  createdAtMs: 0,
  startedAtMs: null,
  finishedAtMs: 1e9,
  progress: { stage: 'infer', done: 0, total: 1 },
} as const
const computed = (seconds: number): { job: Job } => ({
  job: {
    ...common,
    state: 'succeeded',
    report: { ...report, timingsMs: { ...report.timingsMs, total: seconds * 1000 } },
  },
})

test('the mean follows what computing took, the latest by a fifth; 5 s before any; the wait in the queue is not in it', async () => {
  const pace = createPace(async () => ({ queued: 0, running: 1 }))
  assert.equal(await pace.retryAfterS(), 5)
  pace.jobEnded({ job: { ...common, state: 'cancelled' } })
  pace.jobEnded({ job: { ...common, state: 'failed', fault: null } })
  assert.equal(await pace.retryAfterS(), 5)
  pace.jobEnded(computed(100))
  assert.equal(await pace.retryAfterS(), 100)
  pace.jobEnded(computed(200))
  assert.equal(await pace.retryAfterS(), 120)
  pace.jobEnded(computed(20))
  assert.equal(await pace.retryAfterS(), 100)
})

test('a queue that does not answer counts as empty', async () => {
  const pace = createPace(() => Promise.reject(new Error('away')))
  assert.equal(await pace.retryAfterS(), 5)
})
