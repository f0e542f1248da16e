/** A model takes the place of another: at every moment one of the two is there, or comes back. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { modelFolders } from '../../src/model/registry.ts'
import { stageModel } from './publish.ts'

const root = await mkdtemp(join(tmpdir(), 'onelabel-publish-'))
after(() => rm(root, { recursive: true }))

const models = join(root, 'models')
const put = async (folder: string, text: string) => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'card.json'), text)
}
const card = () => readFile(join(models, 'lab/card.json'), 'utf8')

beforeEach(async () => {
  await rm(models, { recursive: true, force: true })
  await put(join(models, 'lab'), 'old')
})

test('what is being made is no model of the folder; published it is, and nothing of the old one is left', async () => {
  await writeFile(join(models, 'lab/only-old'), '')
  const staging = await stageModel(models, 'lab')
  await put(staging.folder, 'new')
  assert.deepEqual(modelFolders(models), [join(models, 'lab')])
  assert.equal(await card(), 'old')
  await staging.publish()
  assert.equal(await card(), 'new')
  assert.deepEqual(await readdir(join(models, 'lab')), ['card.json'])
  assert.deepEqual(await readdir(models), ['lab'])
})

test('a release that fails leaves the old model as it was', async () => {
  const staging = await stageModel(models, 'lab')
  await put(staging.folder, 'half')
  await staging.drop()
  assert.equal(await card(), 'old')
  assert.deepEqual(await readdir(models), ['lab'])
})

test('an old model that was moved aside by a process that ended there is put back by the next release', async () => {
  const killed = await stageModel(models, 'lab')
  await rename(join(models, 'lab'), join(killed.modelsDir, 'lab.before'))
  assert.ok(!existsSync(join(models, 'lab')))
  const next = await stageModel(models, 'lab')
  assert.equal(await card(), 'old')
  await next.drop()
  assert.equal(await card(), 'old')
})

test('where the new model cannot be put in its place the old one comes back', async () => {
  const staging = await stageModel(models, 'lab')
  await rm(staging.folder, { recursive: true })
  await assert.rejects(staging.publish(), /ENOENT/)
  assert.equal(await card(), 'old')
})

test('a model of a new name comes into a folder that there was not', async () => {
  const staging = await stageModel(join(root, 'none-yet'), 'lab')
  await put(staging.folder, 'new')
  await staging.publish()
  assert.deepEqual(await readdir(join(root, 'none-yet')), ['lab'])
})
