/** One attempt whose blobs are in a storage that hangs, is away or is full. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { startS3Blobs } from '../../test/fixtures/s3-blobs.ts'
import type { ObjectNames } from '../dicom/object-names.ts'
import { FaultError, type FaultKind } from '../errors.ts'
import type { Report } from '../inference/report.ts'
import type { Claim } from '../store/job-store.ts'
import type { StoredTask } from '../store/task.ts'
import { attempt, type Outcome, type StopReason } from './attempt.ts'
import type { Run } from './work.ts'

const { s3, dir, blobs, stored } = await startS3Blobs()
const report = { device: 'cpu' } as Report
let runs = 0
beforeEach(() => {
  runs = 0
})

const compute: Run = async ({ outPath }) => {
  runs++
  writeFileSync(outPath, 'map')
  return report
}

/** An attempt at a new job; `onWait` hears each time that its result has to wait. */
async function begin(
  signal: AbortSignal,
  onWait = () => {},
  { run = compute, objects }: { readonly run?: Run; readonly objects?: ObjectNames } = {},
): Promise<Outcome> {
  const scans = { t1: await stored('scan') }
  const task: StoredTask = { scans, mode: 'async', options: {}, ...(objects && { objects }) }
  const rest = { owner: '', cacheKey: null, waitedMs: 0, traceparent: null }
  const claim: Claim = { id: randomUUID(), token: 1, task, ...rest }
  const compare = () => Promise.reject(new Error('nothing is compared here'))
  const work = { blobs: blobs(), run, compare, dir: mkdtempSync(join(dir, 'work-')), log: { warn: onWait } }
  return attempt(claim, work, { signal, onProgress: () => {} })
}

const ENDS: Readonly<Record<StopReason, (outcome: Outcome) => boolean>> = {
  cancel: (outcome) => outcome.type === 'settle' && outcome.settlement.type === 'cancel',
  drain: (outcome) => outcome.type === 'give-back' && outcome.why === 'drain' && !outcome.away,
  lost: (outcome) => outcome.type === 'lost',
}

for (const [reason, isEnd] of Object.entries(ENDS)) {
  // What is well: the test's own upload of the scan; then its download.
  for (const [transfer, failures] of [
    ['download of the scan', ['well', 'silence']],
    ['upload of the result', ['well', 'well', 'deaf']],
  ] as const) {
    test(`${reason}: the ${transfer} ends at once, and so does the attempt`, async () => {
      s3.failures.push(...failures)
      const stop = new AbortController()
      const [hanging, gone] = [once(s3.told, 'hanging'), once(s3.told, 'gone')]
      const over = begin(stop.signal)
      await hanging
      stop.abort(reason)
      assert.ok(isEnd(await over))
      await gone
    })
  }
}

for (const [what, failures] of [
  ['away', [503, 'reset', 503, 503, 503]],
  ['full', [507, 507]],
] as const) {
  test(`a result whose storage is ${what} waits for it, and is computed once`, async () => {
    s3.failures.push('well', 'well', ...failures)
    let waits = 0
    const outcome = await begin(new AbortController().signal, () => void waits++)
    assert.ok(outcome.type === 'settle' && outcome.settlement.type === 'succeed')
    assert.equal(s3.objects.get(`one/label/${outcome.settlement.labelsKey}`)?.toString(), 'map')
    assert.equal(runs, 1)
    assert.notEqual(waits, 0)
  })
}

for (const [reason, isEnd] of Object.entries(ENDS)) {
  test(`${reason}: a result that waits for its storage waits no longer`, async () => {
    s3.failures.push('well', 'well', 507)
    const stop = new AbortController()
    assert.ok(isEnd(await begin(stop.signal, () => stop.abort(reason))))
    assert.equal(runs, 1)
  })
}

const refusal = { seriesInstanceUid: '1.2', sopInstanceUid: '1.2.3', instanceNumber: 1 }
/** As the child: it writes where it is asked to, and fails. */
const failing =
  (kind: FaultKind): Run =>
  async ({ objects }) => {
    runs++
    if (objects?.refusalPath !== undefined) writeFileSync(objects.refusalPath, 'why')
    throw new FaultError(kind, 'what was seen')
  }
const reports = () => [...s3.objects].filter(([key]) => key.includes('/refusal-')).map(([, bytes]) => String(bytes))

test('a refusal ends its job when its report is among the blobs, which may be away for a while', async () => {
  s3.objects.clear()
  s3.failures.push('well', 'well', 503, 503, 503, 503)
  let waits = 0
  const more = { run: failing('channels-swapped'), objects: { refusal } }
  const outcome = await begin(new AbortController().signal, () => void waits++, more)
  assert.ok(outcome.type === 'settle' && outcome.settlement.type === 'fail')
  assert.equal(outcome.settlement.fault?.kind, 'channels-swapped')
  assert.deepEqual([reports(), runs], [['why'], 1])
  assert.notEqual(waits, 0)
})

test('without a name for it, or for another fault, there is no report', async () => {
  s3.objects.clear()
  const signal = new AbortController().signal
  for (const more of [
    { run: failing('channels-swapped') },
    { run: failing('compute-timeout'), objects: { refusal } },
  ]) {
    const outcome = await begin(signal, undefined, more)
    assert.ok(outcome.type === 'settle' && outcome.settlement.type === 'fail')
  }
  assert.deepEqual(reports(), [])
})
