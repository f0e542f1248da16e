import assert from 'node:assert/strict'
import { test } from 'node:test'
import { report } from '../../test/fixtures/service.ts'
import { auditLine } from '../security/audit.ts'
import { after as afterEvent, type JobEvent, newJob } from '../store/job.ts'
import type { StoredJob } from '../store/job-store.ts'
import { auditRecordOf } from './audit-job.ts'

const ID = '11111111-1111-4111-8111-111111111111'
const WEIGHTS = 'e'.repeat(64)

function stored(event: JobEvent, change: Partial<StoredJob> = {}): StoredJob {
  const job = afterEvent(afterEvent(newJob(ID, 1000), { type: 'start' }, 2000), event, 61_000)
  const task = {
    scans: { t1: `${ID}/Doe_Jane.nii` },
    modelId: 'tiny',
    modelSha256: WEIGHTS,
    mode: 'async',
    options: {},
  } as const
  const rest = {
    place: 1,
    inputBytes: 1,
    labelsKey: null,
    attempt: 1,
    sequence: 3,
    cancelRequested: false,
    traceparent: null,
    correction: null,
  }
  return { job, owner: 'key:pacs', task, cacheKey: 'c'.repeat(64), ...rest, ...change }
}
const recordOf = auditRecordOf

test('a succeeded job: what went in, which weights, and how long it took', () => {
  assert.deepEqual(recordOf(stored({ type: 'succeed', report })), {
    time: '1970-01-01T00:01:01.000Z',
    owner: 'key:pacs',
    jobId: ID,
    request: 'c'.repeat(64),
    input: { t1: '0'.repeat(64) },
    model: { id: 'tiny', sha256: report.model.sha256 },
    outcome: { state: 'succeeded' },
    durationsMs: { sinceSubmitted: 60_000, ...report.timingsMs },
  })
})

test('a failed job: the kind of its fault, a bug as internal, the weights of its model', () => {
  const fault = { kind: 'not-nifti', message: 'text that stays out' } as const
  const failed = recordOf(stored({ type: 'fail', fault }))
  assert.deepEqual(failed.outcome, { state: 'failed', fault: 'not-nifti' })
  assert.deepEqual([failed.input, failed.model], [null, { id: 'tiny', sha256: WEIGHTS }])
  assert.deepEqual(recordOf(stored({ type: 'fail', fault: null })).outcome, { state: 'failed', fault: 'internal' })
})

test('every way to end is a line that the audit takes, and none holds what a client wrote', () => {
  const fault = { kind: 'not-nifti', message: 'Doe_Jane' } as const
  const events: readonly JobEvent[] = [{ type: 'succeed', report }, { type: 'fail', fault }, { type: 'cancel' }]
  const jobs = [...events.map((event) => stored(event)), stored({ type: 'cancel' }, { owner: '', cacheKey: null })]
  const text = jobs.map((job) => auditLine(recordOf(job), 'host', '0'.repeat(64)).text).join('\n')
  assert.equal(text.split('\n').length, 4)
  assert.ok(!text.includes('Doe'))
  assert.match(text, /"owner":"anonymous"/)
})
