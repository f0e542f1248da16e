/** The script of deploy/orthanc in a real Orthanc: what it tells, and that what it cannot tell holds up nothing. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { makeStudy, sendBySCU } from './fixtures/made-study.ts'
import { noOrthanc, startOrthanc } from './fixtures/orthanc.ts'
import { pydicomMissing } from './fixtures/pydicom.ts'
import { until } from './fixtures/service.ts'
import { type Received, startReceiver } from './fixtures/webhook-receiver.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-hint-'))
after(() => rmSync(folder, { recursive: true }))
const LuaScripts = [resolve(import.meta.dirname, '../deploy/orthanc/hint.lua')]

test('a series of MR that has become stable is hinted at, without a word about it; a SEG is not', {
  skip: noOrthanc || pydicomMissing,
}, async (t) => {
  const receiver = await startReceiver(t)
  const target = `${receiver.origin}/v1/pacs/hints`
  const env = { HINT_TARGET: target, HINT_SOURCE: 'gateway', HINT_KEY: 'secret' }
  const orthanc = await startOrthanc(t, { more: { LuaScripts }, env })
  const study = makeStudy(folder, { series: [{ instances: 1, modality: 'SEG' }, { instances: 1 }] })
  const [seg, mr] = study.series.map(({ files }) => files)
  sendBySCU(orthanc, seg!)
  await until(async () => JSON.stringify(await orthanc.get('changes')).includes('StableSeries'))
  sendBySCU(orthanc, mr!)
  await until(() => receiver.received.length > 0)
  // That the SEG is stable was told before.
  assert.equal(receiver.received.length, 1)
  const [{ method, path, headers, body }] = receiver.received as readonly [Received]
  assert.deepEqual([method, path, headers.authorization], ['POST', '/v1/pacs/hints', 'Bearer secret'])
  assert.deepEqual(JSON.parse(body), { source: 'gateway' })
})
