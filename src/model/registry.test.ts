import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { makeTinyModel } from '../../test/fixtures/tiny-model.ts'
import { FaultError } from '../errors.ts'
import { chooseModel, readModels, sortOut, verifyWeights } from './registry.ts'

let modelsDir: string
beforeEach(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'onelabel-'))
})
afterEach(() => rm(modelsDir, { recursive: true }))

const invalid = (pattern: RegExp) => (error: unknown) =>
  error instanceof FaultError && error.fault.kind === 'model-invalid' && pattern.test(error.message)

test('models are listed by id and the first is the default', async () => {
  await makeTinyModel(modelsDir, { id: 'second' })
  await makeTinyModel(modelsDir, { id: 'first' })
  const models = await readModels(modelsDir)
  assert.deepEqual(
    models.map(({ card }) => card.id),
    ['first', 'second'],
  )
  assert.equal(chooseModel(models).card.id, 'first')
  assert.equal(chooseModel(models, 'second').card.id, 'second')
})

test('a card that says so is the default, whatever its id', async () => {
  for (const id of ['a', 'b', 'c']) await makeTinyModel(modelsDir, { id })
  const path = join(modelsDir, 'b', 'card.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), isDefault: true }))
  const models = await readModels(modelsDir)
  assert.deepEqual(
    models.map(({ card }) => card.id),
    ['b', 'a', 'c'],
  )
  assert.equal(chooseModel(models).card.id, 'b')
})

test('an unknown model is a fault that names those there are', async () => {
  await makeTinyModel(modelsDir)
  const models = await readModels(modelsDir)
  assert.throws(
    () => chooseModel(models, 'big'),
    (error: unknown) =>
      error instanceof FaultError && error.fault.kind === 'unknown-model' && /tiny/.test(error.message),
  )
})

test('weights as the card says them pass', async () => {
  await makeTinyModel(modelsDir)
  const [model] = await readModels(modelsDir)
  await verifyWeights(model!)
})

test('one changed byte in the weights is refused with both hashes', async () => {
  const { folder, card } = await makeTinyModel(modelsDir)
  const [model] = await readModels(modelsDir)
  const bytes = await readFile(join(folder, 'model.onnx'))
  bytes[50]! ^= 1
  await writeFile(join(folder, 'model.onnx'), bytes)
  const found = createHash('sha256').update(bytes).digest('hex')
  await assert.rejects(verifyWeights(model!), invalid(new RegExp(`${found}.*${card.weights.sha256}`)))
})

test('weights of another size, or none, are refused', async () => {
  const { folder } = await makeTinyModel(modelsDir)
  const [model] = await readModels(modelsDir)
  await writeFile(join(folder, 'model.onnx'), 'short')
  await assert.rejects(verifyWeights(model!), invalid(/are 5 bytes; its card says \d+/))
  await rm(join(folder, 'model.onnx'))
  await assert.rejects(verifyWeights(model!), invalid(/cannot be read/))
})

test('a card with an unknown field, a foreign id or no JSON is refused', async () => {
  const { folder, card } = await makeTinyModel(modelsDir)
  const path = join(folder, 'card.json')
  await writeFile(path, JSON.stringify({ ...card, windows: 3 }))
  await assert.rejects(readModels(modelsDir), invalid(/windows/))
  await writeFile(path, JSON.stringify({ ...card, id: 'other' }))
  await assert.rejects(readModels(modelsDir), invalid(/folder tiny is that of model other/))
  await writeFile(path, '{')
  await assert.rejects(readModels(modelsDir), invalid(/not JSON/))
})

test('a folder without models is refused', async () => {
  await assert.rejects(readModels(modelsDir), invalid(/no model/))
})

test('a card that is wrong can be left out, by name and with the reason; where none is right it is a fault', async () => {
  const { folder } = await makeTinyModel(modelsDir, { id: 'bad' })
  await writeFile(join(folder, 'card.json'), '{')
  const alone = sortOut()
  assert.deepEqual(await readModels(modelsDir, alone.sort), [])
  assert.throws(() => alone.requireOne(0), invalid(/model bad is not JSON/))
  await makeTinyModel(modelsDir)
  const { sort, leftOut, requireOne } = sortOut()
  const models = await readModels(modelsDir, sort)
  requireOne(models.length)
  assert.deepEqual(
    models.map(({ card }) => card.id),
    ['tiny'],
  )
  assert.deepEqual(leftOut(), [{ id: 'bad', reason: 'the card of model bad is not JSON' }])
})
