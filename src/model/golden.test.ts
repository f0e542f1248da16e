import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeTinyModel, tinyHead } from '../../test/fixtures/tiny-model.ts'
import { FaultError } from '../errors.ts'
import { agreement, goldenAgreement, requireGolden } from './golden.ts'
import { type Model, readModel } from './registry.ts'

const LIMITS = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 }
const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

let modelsDir: string
let model: Model
before(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'onelabel-'))
  model = await readModel((await makeTinyModel(modelsDir)).folder)
})
after(() => rm(modelsDir, { recursive: true }))

test('common background is not counted: 2 right of the 4 voxels that either calls something', () => {
  assert.equal(agreement([0, 0, 0, 1, 1, 2, 0], [0, 0, 0, 1, 2, 2, 1]), 0.5)
})

test('a segmenter that answers from the scan as the golden map does agrees in every voxel', async () => {
  const share = await goldenAgreement(model, LIMITS, async (scans) => {
    const { shape, affine, data } = scans.get('t1')!
    return { shape, affine, data: Uint8Array.from(data, (intensity) => intensity / 100) }
  })
  assert.equal(share, 1)
  requireGolden(model, share)
})

test('a segmenter that finds no lesion misses 4³ of 12³ voxels, and the fault says both numbers', async () => {
  const data = tinyHead(24).labels.map((label) => Math.min(label, 1))
  const share = await goldenAgreement(model, LIMITS, async () => ({ shape: [24, 24, 24], affine: AFFINE, data }))
  assert.equal(share, 26 / 27)
  assert.throws(
    () => requireGolden(model, share),
    (error: unknown) =>
      error instanceof FaultError && error.fault.kind === 'model-invalid' && /0\.9630.*0\.999/.test(error.message),
  )
})

test('a map of another shape than the golden one is refused', async () => {
  const found = { shape: [1, 1, 1] as const, affine: AFFINE, data: Uint8Array.of(1) }
  await assert.rejects(
    goldenAgreement(model, LIMITS, async () => found),
    /24 × 24 × 24 voxels, its scan on 1 × 1 × 1/,
  )
})

test('a golden case that is missing or broken is the fault of the model, which is named, without a path', async () => {
  const file = join(model.folder, 'golden/t1.nii.gz')
  const isModelFault = (says: RegExp) => (error: unknown) =>
    error instanceof FaultError &&
    error.fault.kind === 'model-invalid' &&
    says.test(error.message) &&
    !error.message.includes(modelsDir)
  const run = () => goldenAgreement(model, LIMITS, async () => assert.fail('nothing to segment'))
  await writeFile(file, 'text')
  await assert.rejects(run(), isModelFault(/golden case of model tiny cannot be read: not a NIfTI file/))
  await rm(file)
  await assert.rejects(run(), isModelFault(/cannot be read: ENOENT/))
})
