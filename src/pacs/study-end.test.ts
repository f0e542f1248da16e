/** The end of a job as its study hears of it, and the deliveries that follow, on a real store and dispatcher. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { until } from '../../test/fixtures/service.ts'
import { startDispatcher } from '../service/dispatcher.ts'
import { openSqliteStore, type Store } from '../store/store.ts'
import { createLog } from '../telemetry/log.ts'
import type { Rule } from './config.ts'
import { type Destination, PACS_KIND, pacsHandler } from './deliver.ts'
import { PacsError } from './delivery-code.ts'
import { type MadeObject, type ObjectsOf, STUDY_KIND, studyEndHandler } from './study-end.ts'
import { toldDeliveries } from './told-deliveries.ts'

const RULE: Rule = {
  name: 'brain',
  model: 'm',
  require: ['t1'],
  wish: [],
  send: ['seg', 'sr'],
  to: ['near', 'far'],
  seriesQuietS: 1,
  studyQuietS: 3,
  capS: 60,
  strict: true,
  rerun: 'never',
}
const object = (kind: 'seg' | 'sr'): MadeObject => ({
  kind,
  blobKey: `job/${kind}.dcm`,
  seriesInstanceUid: '1.2.3',
  sopInstanceUid: kind === 'seg' ? '1.2.3.1' : '1.2.3.2',
  sopClassUid: '1.2.4',
})
const log = createLog('silent')

let folder: string
let store: Store
let nowMs: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-study-end-'))
  nowMs = 1_700_000_000_000
  store = openSqliteStore(join(folder, 'jobs.sqlite'), () => nowMs)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

/** One study that is decided on, and its last image came now. */
async function ready(): Promise<void> {
  await store.studies.touch('gateway', [{ key: 'k', studyInstanceUid: '1.2', stamp: '1' }], ['brain'])
  const intake = { key: 'i', chosen: [], facts: { grewAtMs: nowMs }, isRerunAllowed: false }
  await store.studies.begin((await store.studies.take(60_000))!, intake)
}
/** @returns the id of its job */
async function running(): Promise<string> {
  await ready()
  const jobId = randomUUID()
  await store.studies.submitted((await store.studies.take(60_000))!, jobId)
  return jobId
}
const study = async () => (await store.studies.list({ limit: 1 }))[0]!

interface Box {
  readonly objectsOf?: ObjectsOf
  readonly rules?: readonly Rule[]
  readonly deliver?: (name: string) => Promise<'verified'>
}

/** Until the callback is over. */
async function withBox(box: Box, body: (seen: { decided: string[]; seconds: number[] }) => Promise<void>) {
  const seen = { decided: [] as string[], seconds: [] as number[] }
  const { objectsOf = async () => [object('sr'), object('seg')], rules = [RULE], deliver } = box
  const metrics = {
    studyDecided: (state: string, reason: string) => void seen.decided.push(`${state} ${reason}`),
    studyDelivered: (seconds: number) => void seen.seconds.push(seconds),
  }
  // The job itself is not what this is about.
  const withJob = { ...store, get: async (id: string) => ({ job: { id } }) as never }
  const destination = (name: string): Destination => ({
    name,
    deliver: async () => (await deliver?.(name)) ?? 'verified',
    close() {},
  })
  const told = toldDeliveries({ audit: store.audit, effects: store.effects, writer: 'w', metrics, log })
  const handlers = {
    [STUDY_KIND]: studyEndHandler({ store: withJob, rules, objectsOf, metrics }),
    [PACS_KIND]: pacsHandler(['near', 'far'].map(destination), told),
  }
  const dispatcher = startDispatcher({ effects: store.effects, handlers, log, random: () => 0 })
  try {
    await body(seen)
  } finally {
    await dispatcher.drain(0)
  }
}
async function end(jobId: string, outcome: string): Promise<void> {
  const body = { studyId: (await study()).id, outcome }
  await store.effects.post([{ jobId, kind: STUDY_KIND, target: 'studies', key: `study_${jobId}`, body }])
}
const deliveries = async (jobId: string) => (await store.effects.ofJob(jobId)).filter(({ kind }) => kind === PACS_KIND)

test('each object of the rule goes to each destination; the time is that of the last one, told once', async () => {
  const jobId = await running()
  await withBox({}, async ({ decided, seconds }) => {
    nowMs += 90_000
    await end(jobId, 'succeeded')
    await until(() => seconds.length > 0)
    assert.deepEqual([(await study()).state, (await study()).reason], ['done', 'computed'])
    const sent = (await deliveries(jobId)).map(({ target, body }) => [target, (body as MadeObject).blobKey])
    assert.deepEqual(sent, [
      ['near', 'job/seg.dcm'],
      ['near', 'job/sr.dcm'],
      ['far', 'job/seg.dcm'],
      ['far', 'job/sr.dcm'],
    ])
    assert.deepEqual(decided, ['done computed'])
    assert.deepEqual(await store.effects.countsByTarget(PACS_KIND), [])
    assert.deepEqual(seconds, [90])
  })
})

test('one that is given up has its line in the audit and no time; asked for anew it has both', async () => {
  const jobId = await running()
  let isRefusing = true
  const deliver = async (name: string) => {
    if (isRefusing && name === 'far') throw new PacsError('far', 'refused', 'HTTP 400')
    return 'verified' as const
  }
  const events = async () => {
    const lines: string[] = []
    for await (const line of store.audit.lines()) lines.push(JSON.parse(line).event)
    return lines.sort()
  }
  await withBox({ deliver, rules: [{ ...RULE, send: ['seg'] }] }, async ({ seconds }) => {
    await end(jobId, 'succeeded')
    await until(async () => (await deliveries(jobId)).some(({ state }) => state === 'dead'))
    await until(async () => (await events()).length === 2)
    assert.deepEqual(await events(), ['delivered', 'given-up'])
    assert.deepEqual(
      (await store.effects.countsByTarget(PACS_KIND)).map(({ target, state, count }) => [target, state, count]),
      [['far', 'dead', 1]],
    )
    assert.deepEqual(seconds, [])
    isRefusing = false
    await store.effects.retry((await deliveries(jobId)).find(({ state }) => state === 'dead')!.id)
    await until(() => seconds.length === 1)
    assert.deepEqual(await events(), ['delivered', 'delivered', 'given-up'])
  })
})

const PARKED: readonly [what: string, outcome: string, box: Box, reason: string][] = [
  ['failed', 'channels-swapped', {}, 'channels-swapped'],
  ['failed by a bug', 'internal', {}, 'internal'],
  ['was cancelled', 'cancelled', {}, 'cancelled'],
  ['lacks an object of the rule', 'succeeded', { objectsOf: async () => [object('seg')] }, 'not-made'],
  ['belongs to a rule that is gone', 'succeeded', { rules: [] }, 'no-such-rule'],
]
for (const [what, outcome, box, reason] of PARKED) {
  test(`a job that ${what} parks its study as ${reason}, and nothing goes out`, async () => {
    const jobId = await running()
    await withBox(box, async ({ decided }) => {
      await end(jobId, outcome)
      await until(async () => (await study()).state === 'parked')
      await until(() => decided.length === 1)
      assert.deepEqual([(await study()).reason, decided], [reason, [`parked ${reason}`]])
      assert.deepEqual(await deliveries(jobId), [])
    })
  })
}

test('an end that comes before the study knows of its job waits for it', async () => {
  await ready()
  const jobId = randomUUID()
  await withBox({}, async () => {
    await end(jobId, 'succeeded')
    const effect = async () => (await store.effects.ofJob(jobId))[0]!
    await until(async () => (await effect()).lastError !== null)
    assert.equal((await effect()).lastError, 'its study does not know of the job yet')
    await store.studies.submitted((await store.studies.take(60_000))!, jobId)
    nowMs += 2_000
    await until(async () => (await study()).state === 'done')
  })
})

test('the end of an earlier job says nothing of a study that was begun anew', async () => {
  const jobId = await running()
  const { id } = await study()
  await store.studies.ended(jobId, 'done', 'computed')
  await store.studies.retry(id)
  await withBox({}, async ({ decided }) => {
    await end(jobId, 'succeeded')
    await until(async () => (await store.effects.ofJob(jobId)).some(({ state }) => state === 'sent'))
    assert.deepEqual([(await study()).state, decided, await deliveries(jobId)], ['open', [], []])
  })
})
