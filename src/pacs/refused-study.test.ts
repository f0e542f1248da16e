/** What goes out of a study whose job was refused, or failed, under a rule that reports refusals. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../test/fixtures/service.ts'
import { object, RULE, studyBox } from '../../test/fixtures/study-box.ts'
import type { Rule } from './config.ts'
import type { MadeObject } from './study-end.ts'

const box = studyBox()
const REPORTING: Rule = { ...RULE, onRefused: 'sr' }
const told = { objectsOf: async () => [object('refusal'), object('seg')], rules: [REPORTING] }

test('where the rule says so a refusal is reported to every destination; its study is parked, and no time is told', async () => {
  const jobId = await box.running()
  await box.with(told, async ({ decided, seconds }) => {
    await box.end(jobId, 'implausible-result')
    await until(async () => (await box.deliveries(jobId)).filter(({ state }) => state === 'verified').length === 2)
    const sent = (await box.deliveries(jobId)).map(({ target, body }) => [target, (body as MadeObject).blobKey])
    assert.deepEqual(sent, [
      ['near', 'job/refusal.dcm'],
      ['far', 'job/refusal.dcm'],
    ])
    assert.deepEqual([(await box.study()).state, (await box.study()).reason], ['parked', 'implausible-result'])
    assert.deepEqual([decided, seconds], [['parked implausible-result'], []])
  })
})

for (const outcome of [
  'poison',
  'compute-timeout',
  'blob-missing',
  'model-invalid',
  'internal',
  'cancelled',
  'dicom-pixels',
]) {
  test(`${outcome} says nothing of what the scans show, and is not reported`, async () => {
    const jobId = await box.running()
    await box.with(told, async ({ decided }) => {
      await box.end(jobId, outcome)
      await until(() => decided.length === 1)
      assert.deepEqual([decided, await box.deliveries(jobId)], [[`parked ${outcome}`], []])
    })
  })
}
