/** What is removed at the end of a job that was refused: all but the report that says why, which is still to be delivered. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { FaultKind } from '../errors.ts'
import type { StoredJob } from '../store/job-store.ts'
import { type BlobsBody, followUps } from './follow-ups.ts'
import { refusalKeyOf } from './result-keys.ts'

const id = randomUUID()
const refusal = { seriesInstanceUid: '1.2', sopInstanceUid: '1.2.3', instanceNumber: 1 }

function ended(kind: FaultKind, attempt: number, objects: object): StoredJob {
  const fault = { kind, message: 'what was seen' }
  const times = { createdAtMs: 0, startedAtMs: 0, finishedAtMs: 1, progress: null }
  const task = { scans: { t1: `${id}/t1.nii` }, mode: 'async', options: {}, objects }
  const job = { id, state: 'failed', fault, ...times }
  return { job, task, attempt, owner: 'pacs:gateway', labelsKey: null, traceparent: null } as unknown as StoredJob
}

function removed(stored: StoredJob): readonly string[] {
  const effects = followUps({ document: () => ({}) }).ofEnd(stored)
  return effects.flatMap(({ kind, body }) => (kind === 'blobs' ? (body as BlobsBody).remove : []))
}

test('of a refusal the report of the last attempt is kept, and neither the scans nor what an earlier attempt left', () => {
  const stored = ended('channels-swapped', 2, { refusal })
  assert.equal(refusalKeyOf(stored), `${id}/refusal-2.dcm`)
  const gone = removed(stored)
  assert.ok(gone.includes(`${id}/t1.nii`) && gone.includes(`${id}/refusal-1.dcm`))
  assert.ok(!gone.includes(id) && !gone.includes(`${id}/refusal-2.dcm`))
})

test('of another failure, or where no report was asked for, nothing is kept', () => {
  for (const stored of [ended('poison', 2, { refusal }), ended('channels-swapped', 1, {})]) {
    assert.equal(refusalKeyOf(stored), null)
    assert.deepEqual(removed(stored), [id])
  }
})
