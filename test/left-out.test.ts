/** A corrupt model beside a good one: the real process serves the good one, and is not ready for a reason. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startRealService } from './fixtures/real-service.ts'
import { until } from './fixtures/service.ts'
import { makeTinyModel, tinyScan } from './fixtures/tiny-model.ts'

/** What is broken of the model `bad`: a file of its folder. An API reads cards only. */
const BROKEN = [
  ['all', 'model.onnx', /^model bad is left out: the weights of model bad are 7 bytes/],
  ['all', 'card.json', /^model bad is left out: the card of model bad is not JSON/],
  ['api', 'card.json', /^model bad is left out: the card of model bad is not JSON/],
] as const

for (const [role, file, reason] of BROKEN) {
  test(`role ${role}, a ${file} that is cut off: not ready says why, the other model takes jobs`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'onelabel-left-out-'))
    const models = join(folder, 'models')
    await makeTinyModel(models, { id: 'good' })
    await makeTinyModel(models, { id: 'bad' })
    writeFileSync(join(models, 'bad', file), 'cut off')
    const service = await startRealService({
      ONELABEL_ROLE: role,
      ONELABEL_MODELS_DIR: models,
      ONELABEL_DATA_DIR: join(folder, 'data'),
    })
    t.after(async () => {
      await service.end('SIGKILL')
      rmSync(folder, { recursive: true })
    })
    const ask = async (path: string) => {
      const answer = await fetch(service.base + path)
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    }
    await until(async () => (await ask('/v2/models/good/ready')).status === 200)

    const { status, body } = await ask('/readyz')
    assert.equal(status, 503)
    assert.equal((body['reasons'] as string[]).length, 1)
    assert.match((body['reasons'] as string[])[0]!, reason)
    const listed = (await ask('/v1/models')).body['models'] as { id: string }[]
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['good'],
    )
    assert.equal((await ask('/v2/models/bad/ready')).status, 404)
    assert.equal(service.lines.filter((line) => /"model":"bad".*a model is left out/.test(line)).length, 1)

    const sent = await fetch(`${service.base}/v1/segmentations?channel=t1`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream', ...(role === 'api' && { Prefer: 'respond-async' }) },
      body: tinyScan(24),
    })
    assert.equal(sent.status, role === 'api' ? 202 : 200)
    await sent.arrayBuffer()
    assert.match(await (await fetch(`${service.base}/metrics`)).text(), /^onelabel_ready 0$/m)
  })
}
