/** The end of a job as its study hears of it, and the deliveries that follow, on a real store and dispatcher. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { until } from '../../test/fixtures/service.ts'
import { type Box, object, RULE, studyBox } from '../../test/fixtures/study-box.ts'
import { PACS_KIND } from './deliver.ts'
import { PacsError } from './delivery-code.ts'
import type { MadeObject } from './study-end.ts'

const box = studyBox()

test('each object of the rule goes to each destination; the time is that of the last one, told once', async () => {
  const jobId = await box.running()
  await box.with({}, async ({ decided, seconds }) => {
    box.pass(90_000)
    await box.end(jobId, 'succeeded')
    await until(() => seconds.length > 0)
    assert.deepEqual([(await box.study()).state, (await box.study()).reason], ['done', 'computed'])
    const sent = (await box.deliveries(jobId)).map(({ target, body }) => [target, (body as MadeObject).blobKey])
    assert.deepEqual(sent, [
      ['near', 'job/seg.dcm'],
      ['near', 'job/sr.dcm'],
      ['far', 'job/seg.dcm'],
      ['far', 'job/sr.dcm'],
    ])
    assert.deepEqual(decided, ['done computed'])
    assert.deepEqual(await box.store().effects.countsByTarget(PACS_KIND), [])
    assert.deepEqual(seconds, [90])
  })
})

test('one that is given up has its line in the audit and no time; asked for anew it has both', async () => {
  const jobId = await box.running()
  let isRefusing = true
  const deliver = async (name: string) => {
    if (isRefusing && name === 'far') throw new PacsError('far', 'refused', 'HTTP 400')
    return 'verified' as const
  }
  const events = async () => {
    const lines: string[] = []
    for await (const line of box.store().audit.lines()) lines.push(JSON.parse(line).event)
    return lines.sort()
  }
  await box.with({ deliver, rules: [{ ...RULE, send: ['seg'] }] }, async ({ seconds }) => {
    await box.end(jobId, 'succeeded')
    await until(async () => (await box.deliveries(jobId)).some(({ state }) => state === 'dead'))
    await until(async () => (await events()).length === 2)
    assert.deepEqual(await events(), ['delivered', 'given-up'])
    assert.deepEqual(
      (await box.store().effects.countsByTarget(PACS_KIND)).map(({ target, state, count }) => [target, state, count]),
      [['far', 'dead', 1]],
    )
    assert.deepEqual(seconds, [])
    isRefusing = false
    await box.store().effects.retry((await box.deliveries(jobId)).find(({ state }) => state === 'dead')!.id)
    await until(() => seconds.length === 1)
    assert.deepEqual(await events(), ['delivered', 'delivered', 'given-up'])
  })
})

const PARKED: readonly [what: string, outcome: string, how: Box, reason: string][] = [
  ['failed', 'channels-swapped', {}, 'channels-swapped'],
  ['failed by a bug', 'internal', {}, 'internal'],
  ['was cancelled', 'cancelled', {}, 'cancelled'],
  ['lacks an object of the rule', 'succeeded', { objectsOf: async () => [object('seg')] }, 'not-made'],
  ['belongs to a rule that is gone', 'succeeded', { rules: [] }, 'no-such-rule'],
]
for (const [what, outcome, how, reason] of PARKED) {
  test(`a job that ${what} parks its study as ${reason}, and nothing goes out`, async () => {
    const jobId = await box.running()
    await box.with(how, async ({ decided }) => {
      await box.end(jobId, outcome)
      await until(async () => (await box.study()).state === 'parked')
      await until(() => decided.length === 1)
      assert.deepEqual([(await box.study()).reason, decided], [reason, [`parked ${reason}`]])
      assert.deepEqual(await box.deliveries(jobId), [])
    })
  })
}

test('an end that comes before the study knows of its job waits for it', async () => {
  await box.ready()
  const jobId = randomUUID()
  await box.with({}, async () => {
    await box.end(jobId, 'succeeded')
    const effect = async () => (await box.store().effects.ofJob(jobId))[0]!
    await until(async () => (await effect()).lastError !== null)
    assert.equal((await effect()).lastError, 'its study does not know of the job yet')
    await box.store().studies.submitted((await box.store().studies.take(60_000))!, jobId)
    box.pass(2_000)
    await until(async () => (await box.study()).state === 'done')
  })
})

test('the end of an earlier job says nothing of a study that was begun anew', async () => {
  const jobId = await box.running()
  const { id } = await box.study()
  await box.store().studies.ended(jobId, 'done', 'computed')
  await box.store().studies.retry(id)
  await box.with({}, async ({ decided }) => {
    await box.end(jobId, 'succeeded')
    await until(async () => (await box.store().effects.ofJob(jobId)).some(({ state }) => state === 'sent'))
    assert.deepEqual([(await box.study()).state, decided, await box.deliveries(jobId)], ['open', [], []])
  })
})
