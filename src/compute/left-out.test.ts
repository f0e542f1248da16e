/** Models that are not what they say, beside a good one: real children, a real onnxruntime, tiny networks. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { supervisorFixture } from '../../test/fixtures/supervisor.ts'
import { makeTinyModel } from '../../test/fixtures/tiny-model.ts'

const compute = supervisorFixture()
const modelsDir = () => join(compute.folder, 'models')

/** A card that is none, other weights than the card says, and another result than the golden case. */
async function makeBadModels(): Promise<void> {
  await mkdir(join(modelsDir(), 'card'), { recursive: true })
  await writeFile(join(modelsDir(), 'card/card.json'), '{')
  await makeTinyModel(modelsDir(), { id: 'golden', wrongGolden: true })
  await makeTinyModel(modelsDir(), { id: 'weights' })
  await writeFile(join(modelsDir(), 'weights/model.onnx'), 'cut off')
}

const LEFT_OUT = ['card', 'weights', 'golden']
const leftOut = () => {
  const status = compute.supervisor.status()
  return status.state === 'ready' ? status.leftOut?.map(({ id }) => id) : status
}

for (const [what, settings] of [
  ['where they lie', () => ({})],
  ['from a copy', () => ({ modelSetsDir: join(compute.folder, 'sets') })],
] as const) {
  test(`bad models at the start, read ${what}, are left out and named; the good one computes, also after a crash`, async () => {
    await makeBadModels()
    await compute.start({}, {}, settings())
    const status = await compute.settled()
    assert.ok(status.state === 'ready')
    assert.deepEqual(
      status.models.map(({ id }) => id),
      ['tiny'],
    )
    assert.deepEqual(leftOut(), LEFT_OUT)
    assert.deepEqual(
      compute.supervisor.cards()?.map(({ id }) => id),
      ['tiny'],
    )
    const errors = compute.logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
    assert.deepEqual(
      errors.map(({ model, msg }) => [model, msg]),
      LEFT_OUT.map((id) => [id, 'a model is left out']),
    )
    assert.equal((await compute.small()).model.id, 'tiny')

    process.kill(compute.childPids()[0]!, 'SIGKILL')
    while (compute.supervisor.status().state === 'ready') await new Promise((r) => setTimeout(r, 5))
    assert.equal((await compute.small()).model.id, 'tiny')
    assert.deepEqual(leftOut(), LEFT_OUT)
  })
}

test('a reload refuses what a start leaves out; when all are good, nothing is left out any more', async () => {
  await makeBadModels()
  await compute.start()
  await compute.settled()
  await assert.rejects(compute.supervisor.reload(), faultOf('model-invalid'))
  assert.deepEqual(leftOut(), LEFT_OUT)
  for (const id of LEFT_OUT) await makeTinyModel(modelsDir(), { id })
  await compute.supervisor.reload()
  assert.equal(leftOut(), undefined)
})

test('where no model is good, the start fails with the reason of the first', async () => {
  await compute.start({ wrongGolden: true }, {}, { modelSetsDir: join(compute.folder, 'sets') })
  const status = await compute.settled()
  assert.ok(status.state === 'failed')
  assert.match(status.reason, /model tiny reproduces 0\.\d+ of its golden/)
})
