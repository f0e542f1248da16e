/** Tiny networks in a real onnxruntime; the resident memory is the test's. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { makeTinyModel } from '../../test/fixtures/tiny-model.ts'
import type { ResidencyEvent } from './residency.ts'
import { serveModels } from './serve-models.ts'

const MIB = 2 ** 20
let folder: string
let told: ResidencyEvent[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onelabel-serve-'))
  told = []
})
afterEach(() => rm(folder, { recursive: true }))

/** Every look at the memory finds 1 MiB more than the last. */
function serve(modelMemoryBytes: number, more = {}) {
  let rssBytes = 0
  const settings = {
    modelsDir: folder,
    device: 'cpu',
    threads: 1,
    limits: { maxFileBytes: 1e7, maxInflatedBytes: 1e7, maxVoxels: 1e7 },
    heartbeatMs: 1000,
    modelMemoryBytes,
    ...more,
  } as const
  return serveModels(
    settings,
    (event) => told.push(event),
    () => (rssBytes += MIB),
  )
}

const story = () => told.map(({ change, id }) => `${change} ${id}`)

test('all models are proved at the start; the default one stays loaded, the others are loaded when they are asked for', async () => {
  for (const id of ['a', 'b', 'c']) await makeTinyModel(folder, { id })
  const models = await serve(2 * MIB)
  assert.deepEqual(
    models.ready.map(({ id, goldenAgreement }) => [id, goldenAgreement]),
    [
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ],
  )
  assert.deepEqual(story(), ['loaded c', 'unloaded c', 'loaded b', 'unloaded b', 'loaded a'])
  assert.deepEqual(told.at(-1), { change: 'loaded', id: 'a', memoryBytes: MIB, residentBytes: MIB })
  told.length = 0
  assert.equal(await models.use('b', async ({ card }) => card.id), 'b')
  assert.equal(await models.use(undefined, async ({ card }) => card.id), 'a')
  assert.equal(await models.use('c', async ({ card }) => card.id), 'c')
  assert.deepEqual(story(), ['loaded b', 'unloaded b', 'loaded c'])
})

test('a model that is gone when it is needed again is a fault of the machine, one that never was is the caller’s', async () => {
  for (const id of ['a', 'b']) await makeTinyModel(folder, { id })
  const models = await serve(MIB)
  await rm(join(folder, 'b/model.onnx'))
  await assert.rejects(
    models.use('b', async () => 0),
    faultOf('compute-crashed', /model b could not be loaded again/),
  )
  await assert.rejects(
    models.use('z', async () => 0),
    faultOf('unknown-model', /a, b/),
  )
})

test('a copy that was kept is what is loaded again', async () => {
  const keepModelsIn = join(folder, 'kept')
  for (const id of ['a', 'b']) await makeTinyModel(join(folder, 'models'), { id })
  const models = await serve(MIB, { modelsDir: join(folder, 'models'), keepModelsIn })
  await rm(join(folder, 'models'), { recursive: true })
  assert.equal(await models.use('b', async ({ card }) => card.id), 'b')
})

test('weights and a patch that alone are above the budget are refused with both numbers', async () => {
  const { card } = await makeTinyModel(folder)
  // a patch of 16³ voxels, 2 channels in and 3 labels out, 4 bytes each
  const leastBytes = card.weights.bytes + 16 ** 3 * (2 + 3) * 4
  await assert.rejects(serve(leastBytes - 1), faultOf('model-invalid', /tiny needs [\d.]+ KiB of memory/))
  await assert.rejects(serve(leastBytes), faultOf('model-invalid', /tiny needs 1 MiB .* is [\d.]+ KiB/))
  assert.deepEqual(told, [])
})
