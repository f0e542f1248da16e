import assert from 'node:assert/strict'
import { test } from 'node:test'
import { report } from '../../test/fixtures/service.ts'
import { newJob } from '../store/job.ts'
import type { RunEnd } from '../telemetry/traces.ts'
import { traceRuns } from './run-traces.ts'

/** What was begun and ended, in order. */
function recorder() {
  const said: unknown[] = []
  const runs = traceRuns({
    startRun(traceparent, job) {
      said.push(['start', traceparent, job])
      return { traceparent: `run of ${job.jobId}`, end: (what: RunEnd) => said.push(['end', job.jobId, what]) }
    },
  })
  return { said, runs }
}

const claim = (id: string) => ({ id, token: 2, traceparent: 'parent', waitedMs: 30 })
const ended = (id: string) => newJob(id, 0)

test('a run begins with its claim, and its child is told of it until it has ended', () => {
  const { said, runs } = recorder()
  assert.equal(runs.traceparent(), null)
  runs.claimed(claim('a'))
  assert.equal(runs.traceparent(), 'run of a')
  runs.ended({ job: { ...ended('a'), state: 'succeeded', finishedAtMs: 1, report } })
  assert.equal(runs.traceparent(), null)
  assert.deepEqual(said, [
    ['start', 'parent', { jobId: 'a', attempt: 2, waitedMs: 30 }],
    ['end', 'a', { outcome: 'succeeded', report }],
  ])
})

test('a failure has its code, a bug is internal, a job that goes back says why', () => {
  const { said, runs } = recorder()
  const fault = { kind: 'nifti-4d', message: '4-D' } as const
  runs.claimed(claim('a'))
  runs.ended({ job: { ...ended('a'), state: 'failed', finishedAtMs: 1, fault } })
  runs.claimed(claim('b'))
  runs.ended({ job: { ...ended('b'), state: 'failed', finishedAtMs: 1, fault: null } })
  runs.claimed(claim('c'))
  runs.givenBack({ id: 'c' }, 'killed')
  runs.claimed(claim('d'))
  runs.ended({ job: { ...ended('d'), state: 'cancelled', finishedAtMs: 1 } })
  assert.deepEqual(
    said.filter((line) => (line as unknown[])[0] === 'end').map((line) => (line as unknown[])[2]),
    [
      { outcome: 'failed', reason: 'nifti-4d' },
      { outcome: 'failed', reason: 'internal' },
      { outcome: 'retried', reason: 'killed' },
      { outcome: 'cancelled' },
    ],
  )
})

test('the end of a job that another worker lost leaves the run here open; a job that was taken back is lost', () => {
  const { said, runs } = recorder()
  runs.claimed(claim('a'))
  runs.ended({ job: { ...ended('reaped'), state: 'cancelled', finishedAtMs: 1 } })
  assert.equal(runs.traceparent(), 'run of a')
  runs.claimed(claim('b'))
  assert.deepEqual(said[1], ['end', 'a', { outcome: 'lost' }])
})
