import assert from 'node:assert/strict'
import { test } from 'node:test'
import { report } from '../../test/fixtures/service.ts'
import type { Row } from '../cohort/table.ts'
import { batchProgress } from './batch-progress.ts'

const subjects = ['sub-1', 'sub-2', 'sub-3', 'sub-4'].map((subject) => ({
  ...{ subject, session: subject === 'sub-2' ? 'ses-1' : null },
  ...{ folder: { subject, session: null }, scans: {}, sources: {} },
}))
const rowOf = (at: number, status: Row['status'], code: string | null = null): Row => {
  const { subject, session } = subjects[at]!
  return { subject, session, status, code, scans: ['t1'], ...(status === 'done' && { report }) }
}

test('elsewhere than on a terminal there is a line a subject; the time left is that of subjects that were computed', () => {
  let nowMs = 0
  const written: string[] = []
  const stream = { isTTY: false, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream
  const { onStart, onProgress, onEnd, stop } = batchProgress(subjects, stream, () => nowMs)
  onEnd({ at: 0, row: rowOf(0, 'done'), isKept: true })
  onStart(1)
  onProgress({ stage: 'infer', done: 1, total: 2 })
  nowMs = 30_000
  onEnd({ at: 1, row: rowOf(1, 'done'), isKept: false })
  onStart(2)
  nowMs = 40_000
  const fault = { kind: 'not-nifti', message: 'channel t1: no scan' } as const
  onEnd({ at: 2, row: rowOf(2, 'failed', 'not-nifti'), fault, isKept: false })
  stop()
  assert.deepEqual(written, [
    '1 of 4 sub-1: was done, warnings: tilted\n',
    '2 of 4 sub-2 ses-1: done in 0 s, warnings: tilted; 60 s left\n', // 30 s each, two to come
    '3 of 4 sub-3: failed: channel t1: no scan (not-nifti); 20 s left\n', // (30 + 10) / 2
    '2 done (1 before), 1 failed, 1 to do\n',
  ])
})
