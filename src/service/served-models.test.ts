import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { startTestService } from '../../test/fixtures/service.ts'
import { makeTinyModel } from '../../test/fixtures/tiny-model.ts'
import type { Supervisor } from '../compute/supervisor.ts'
import { readModels } from '../model/registry.ts'
import { servedModels } from './served-models.ts'

let folder: string
const lines: unknown[] = []
const reloads: string[] = []
const metrics = { modelsReload: (result: string) => void reloads.push(result) }
const log = { info: (line: unknown) => void lines.push(line), error: (line: unknown) => void lines.push(line) }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onelabel-served-'))
  lines.length = 0
  reloads.length = 0
})
afterEach(() => rm(folder, { recursive: true }))

async function serve(compute: Pick<Supervisor, 'cards' | 'reload'> | null, isDraining = false) {
  await makeTinyModel(folder)
  const models = await readModels(folder)
  return servedModels({ models, modelsDir: folder, compute, isDraining: () => isDraining, log, metrics })
}

test('until the child proved its models those of the start count, then those', async () => {
  const [old] = (await serve(null)).now()
  const proved = [{ ...old!.card, version: '2.0.0' }]
  let cards: typeof proved | null = null
  const unchanged = { added: [], removed: [], replaced: [], unchanged: [] }
  const served = await serve({ cards: () => cards, reload: async () => unchanged })
  assert.deepEqual(
    served.now().map(({ card }) => card.version),
    ['0.0.1'],
  )
  cards = proved
  assert.deepEqual(
    served.now().map(({ card }) => card.version),
    ['2.0.0'],
  )
})

test('where nothing is computed a reload reads the cards again, and says in the log what changed', async () => {
  const served = await serve(null)
  await makeTinyModel(folder, { version: '0.0.2' })
  await makeTinyModel(folder, { id: 'zebra' })
  const { added, replaced } = await served.reload()
  assert.deepEqual([added[0]!.id, replaced[0]!.version, replaced[0]!.was.version], ['zebra', '0.0.2', '0.0.1'])
  assert.deepEqual(
    served.now().map(({ card }) => card.id),
    ['tiny', 'zebra'],
  )
  assert.deepEqual(lines, [{ added: ['zebra 0.0.1'], removed: [], replaced: ['tiny 0.0.2'], unchanged: [] }])
  await rm(join(folder, 'tiny/card.json'))
  await rm(join(folder, 'zebra/card.json'))
  await assert.rejects(served.reload(), faultOf('model-invalid', /holds no model/))
  assert.equal(served.now().length, 2)
  assert.deepEqual(reloads, ['taken', 'refused'])
})

test('a service that stops does not reload', async () => {
  await assert.rejects((await serve(null, true)).reload(), faultOf('draining'))
})

test('over HTTP a reload needs the scope admin, where anything is asked for', async (t) => {
  const scopes = ['submit']
  const service = await startTestService({}, (_req, res, next) => {
    res.locals['scopes'] = scopes
    next()
  })
  t.after(service.close)
  const statusOfReload = async () => (await fetch(`${service.base}/v1/models:reload`, { method: 'POST' })).status
  assert.equal(await statusOfReload(), 403)
  scopes.push('admin')
  assert.equal(await statusOfReload(), 200)
})

test('over HTTP a process that computes nothing has no reload to offer', async (t) => {
  const service = await startTestService({ role: 'api' })
  t.after(service.close)
  const response = await fetch(`${service.base}/v1/models:reload`, { method: 'POST' })
  assert.equal(response.status, 404)
  assert.match(await response.text(), /loads no models; send SIGHUP/)
})
