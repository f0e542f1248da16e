import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../inference/report.ts'
import { after, isFinal, type Job, type JobEvent, type JobState, newJob } from './job.ts'

const report = { device: 'cpu' } as Report
const fault = { kind: 'nifti-4d', message: '4-D with 2 frames' } as const
const progress = { stage: 'infer', done: 3, total: 8 } as const

const queued = newJob('a', 1)
const running: Job = { ...queued, state: 'running' }
const jobs: Record<JobState, Job> = {
  queued,
  running,
  succeeded: { ...queued, state: 'succeeded', finishedAtMs: 5, report },
  failed: { ...queued, state: 'failed', finishedAtMs: 5, fault },
  cancelled: { ...queued, state: 'cancelled', finishedAtMs: 5 },
}
const events: Record<JobEvent['type'], JobEvent> = {
  start: { type: 'start' },
  requeue: { type: 'requeue' },
  progress: { type: 'progress', progress },
  succeed: { type: 'succeed', report },
  fail: { type: 'fail', fault },
  cancel: { type: 'cancel' },
}
/** All 30 pairs of state and event, written by hand from the picture on top of job.ts; '-' is refused. */
const TABLE: Record<JobState, Record<JobEvent['type'], JobState | '-'>> = {
  queued: { start: 'running', requeue: '-', progress: '-', succeed: '-', fail: 'failed', cancel: 'cancelled' },
  running: {
    start: '-',
    requeue: 'queued',
    progress: 'running',
    succeed: 'succeeded',
    fail: 'failed',
    cancel: 'cancelled',
  },
  succeeded: { start: '-', requeue: '-', progress: '-', succeed: '-', fail: '-', cancel: '-' },
  failed: { start: '-', requeue: '-', progress: '-', succeed: '-', fail: '-', cancel: '-' },
  cancelled: { start: '-', requeue: '-', progress: '-', succeed: '-', fail: '-', cancel: '-' },
}

for (const state of Object.keys(TABLE) as JobState[]) {
  for (const [type, expected] of Object.entries(TABLE[state]) as [JobEvent['type'], JobState | '-'][]) {
    test(`a ${state} job ${expected === '-' ? 'refuses' : `becomes ${expected} on`} ${type}`, () => {
      if (expected === '-') assert.throws(() => after(jobs[state], events[type], 9), /cannot/)
      else assert.equal(after(jobs[state], events[type], 9).state, expected)
    })
  }
}

test('a job keeps its id and creation time, and carries what its last event brought', () => {
  assert.deepEqual(after(running, events.fail, 9), {
    id: 'a',
    state: 'failed',
    createdAtMs: 1,
    startedAtMs: null,
    finishedAtMs: 9,
    progress: { stage: 'decode', done: 0, total: 1 },
    fault,
  })
  assert.deepEqual(after(running, events.progress, 9).progress, progress)
  assert.deepEqual(after(after(running, events.progress, 9), events.cancel, 9).progress, progress)
})

test('succeeded, failed and cancelled are final', () => {
  assert.deepEqual(
    Object.values(jobs).map((job) => [job.state, isFinal(job)]),
    [
      ['queued', false],
      ['running', false],
      ['succeeded', true],
      ['failed', true],
      ['cancelled', true],
    ],
  )
})
