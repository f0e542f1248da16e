import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeTinyModel, type TinyModel } from '../../test/fixtures/tiny-model.ts'
import { tinyOnnx } from '../../test/fixtures/tiny-onnx.ts'
import { FaultError } from '../errors.ts'
import { openEngine } from './ort.ts'

let modelsDir: string
let tiny: TinyModel
let weights: string
let hasCuda = false
before(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'onelabel-'))
  tiny = await makeTinyModel(modelsDir)
  weights = join(tiny.folder, 'model.onnx')
  hasCuda = (await openEngine(weights, tiny.card, { device: 'auto', threads: 1 })).device === 'cuda'
})
after(() => rm(modelsDir, { recursive: true }))

test('the tiny network answers 0, x + 2.5 and 2x on the cpu', async () => {
  const { engine, device, close } = await openEngine(weights, tiny.card, { device: 'cpu', threads: 1 })
  const patch = new Float32Array(16 ** 3 * 2)
  const voxels = 16 ** 3
  patch[77] = 1
  patch[voxels + 77] = 0.5 // x = 1.5 at voxel 77
  const logits = (await engine(patch, [16, 16, 16])).slice()
  assert.equal(device, 'cpu')
  assert.equal(logits.length, 16 ** 3 * 3)
  assert.deepEqual([logits[77], logits[voxels + 77], logits[2 * voxels + 77]], [0, 4, 3])
  const next = await engine(patch, [16, 16, 16])
  assert.deepEqual(next, logits)
  await close()
})

test('auto without CUDA runs on the cpu and says why', async (t) => {
  if (hasCuda) return t.skip('CUDA runs here')
  const { device, deviceReason, close } = await openEngine(weights, tiny.card, { device: 'auto', threads: 1 })
  assert.equal(device, 'cpu')
  assert.match(deviceReason ?? '', /cannot run on cuda: .*CUDA/)
  await close()
})

test('cuda by name without CUDA is an error, not the cpu', async (t) => {
  if (hasCuda) return t.skip('CUDA runs here')
  await assert.rejects(openEngine(weights, tiny.card, { device: 'cuda', threads: 1 }), /cannot run on cuda/)
})

test('a card with another patch than the network is refused with both shapes', async () => {
  const card = {
    ...tiny.card,
    inference: { ...tiny.card.inference, patchVoxels: [8, 16, 16] as [number, number, number] },
  }
  await assert.rejects(openEngine(weights, card, { device: 'auto', threads: 1 }), (error: unknown) => {
    assert.ok(error instanceof FaultError)
    assert.equal(error.fault.kind, 'model-invalid')
    assert.match(error.message, /\[1, 16, 16, 16, 2\].*\[1, 16, 16, 8, 2\]/)
    return true
  })
})

test('a card with tiles takes a network of open sides, at every size, and no other', async () => {
  const path = join(modelsDir, 'open.onnx')
  await writeFile(path, tinyOnnx({ weights: [[1], [2]], bias: [3], patchVoxels: null }))
  const inference = { patchVoxels: [8, 16, 24] as [number, number, number], tiles: { multiple: 8, contextVoxels: 4 } }
  const card = { ...tiny.card, labels: [tiny.card.labels[0]!], inference }
  const { engine, close } = await openEngine(path, card, { device: 'cpu', threads: 1 })
  for (const [d, h, w] of [
    [8, 8, 24],
    [16, 8, 8],
  ] as const) {
    const patch = Float32Array.from({ length: d * h * w * 2 }, (_, at) => at)
    const logits = await engine(patch, [d, h, w])
    assert.equal(logits.length, d * h * w)
    assert.equal(logits[5], 5 + 2 * (d * h * w + 5) + 3)
  }
  await close()
  await assert.rejects(openEngine(weights, { ...tiny.card, inference }, { device: 'cpu', threads: 1 }), /any/)
  const fixed = { ...card, inference: tiny.card.inference }
  await assert.rejects(openEngine(path, fixed, { device: 'cpu', threads: 1 }), /\[1, D, H, W, 2\]/)
})

test('a card with one label more than the network is refused', async () => {
  const card = { ...tiny.card, labels: [...tiny.card.labels, { ...tiny.card.labels[2]!, value: 3 }] }
  await assert.rejects(
    openEngine(weights, card, { device: 'cpu', threads: 1 }),
    /\[1, 16, 16, 16, 3\].*\[1, 16, 16, 16, 4\]/,
  )
})

test('weights that are no network are an error', async () => {
  const path = join(modelsDir, 'garbage.onnx')
  await writeFile(path, 'not a network')
  await assert.rejects(openEngine(path, tiny.card, { device: 'cpu', threads: 1 }), /cannot run on cpu: /)
})
