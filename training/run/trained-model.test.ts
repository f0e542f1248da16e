import '../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { servedGraph } from '../compile/export.ts'
import { modelFiles } from '../compile/model-files.ts'
import { seededRandom } from '../compile/random.ts'
import { encodeOnnx } from '../compile/trace/onnx.ts'
import { buildUnet, type UnetSpec } from '../method/unet.ts'
import { averageRuns } from './average-runs.ts'
import { LAST, readExported, writeCheckpoint } from './checkpoint.ts'
import { transfer, weightsOf } from './network.ts'
import { trainedFiles, writeTrained } from './trained-model.ts'

const MODELS = resolve(import.meta.dirname, '../../models')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-trained-'))
after(() => rmSync(folder, { recursive: true }))
before(() => tf.setBackend('cpu'))

/** A U-Net with all that the rewrites look for (compile/rewrites/for-inference.ts), every weight drawn. */
function drawnUnet(seed: number) {
  const random = seededRandom(seed)
  const spec: UnetSpec = { stem: 2, channels: [12, 16], convolutions: 1, refine: 6 }
  const model = buildUnet(spec, { patch: [8, 8, 8], channels: 2, labels: 3 }, seed)
  for (const weight of model.weights) {
    const values = Float32Array.from({ length: weight.read().size }, () => random.normal())
    weight.write(tf.tensor(values, weight.shape as number[]))
  }
  return model
}

/** A card that names model.onnx; the rest of it does not matter here. */
const card = readFileSync(join(MODELS, 'joint-wmh/card.json'))

test('the network and where its weights lie give the tfjs model back, bit for bit', async () => {
  const model = drawnUnet(1)
  const graph = await servedGraph(model)
  writeFileSync(join(folder, 'card.json'), card)
  writeFileSync(join(folder, 'model.onnx'), encodeOnnx(graph))
  await writeTrained(model, graph.initializers, folder)
  assert.equal(existsSync(join(folder, 'tfjs/weights.bin')), false)
  const [back, own] = [await trainedFiles(folder), await modelFiles(model)]
  assert.deepEqual(Buffer.from(back.weights), Buffer.from(own.weights))
  assert.deepEqual(JSON.parse(back.json.toString()), own.json)
  // Convolutions that one rewrite multiplies with each other are kept as they were; the large ones are not.
  const { weights } = JSON.parse(readFileSync(join(folder, 'tfjs/weights.json'), 'utf8'))
  const kept = Object.keys(weights).filter((name) => 'values' in weights[name])
  const sizes = new Map(
    model.weights.map(({ originalName, shape }) => [originalName, tf.util.sizeFromShape(shape as number[])]),
  )
  assert.deepEqual(
    kept.filter((name) => sizes.get(name)! > 1000),
    [],
  )
  assert.ok(kept.length > 0 && kept.length < sizes.size / 2, `${kept}`)
})

test('a run that starts from a released model has its weights', async () => {
  const other = drawnUnet(2)
  const notes: string[] = []
  await transfer(other, [[0, 1]], folder, (note) => notes.push(note))
  assert.deepEqual(weightsOf(other), weightsOf(drawnUnet(1)))
  assert.deepEqual(notes, [`starts from ${folder}; new weights: none; with more classes: none`])
})

test('a released model and a run are averaged', async () => {
  const [run, mean] = [join(folder, 'run'), join(folder, 'mean')]
  const theirs = weightsOf(drawnUnet(2))
  mkdirSync(run)
  await writeCheckpoint(join(run, LAST), { step: 5, seconds: 7, state: {}, mean: theirs })
  await averageRuns(mean, [folder, run])
  const averaged = (await readExported(mean))!
  assert.deepEqual([averaged.step, averaged.seconds], [5, 7])
  for (const [name, own] of Object.entries(weightsOf(drawnUnet(1))))
    assert.deepEqual(
      averaged.mean[name],
      own.map((value, i) => (value + theirs[name]![i]!) / 2),
      name,
    )
  await assert.rejects(averageRuns(mean, [run, tmpdir()]), /has no checkpoint and is no released model/)
})

test('weights of another network are refused', async () => {
  writeFileSync(join(folder, 'model.onnx'), encodeOnnx(await servedGraph(drawnUnet(3))))
  await assert.rejects(trainedFiles(folder), /the weights in model\.onnx are not those that .*weights\.json speaks of/)
  await assert.rejects(trainedFiles(join(folder, 'tfjs')), /does not hold the tfjs model that it was made of/)
})

for (const id of readdirSync(MODELS).filter((name) => existsSync(join(MODELS, name, 'tfjs')))) {
  test(`the network of ${id} holds as many weights as its card says, and those that it was made of`, async () => {
    const { weights } = await trainedFiles(join(MODELS, id)) // held to their hash
    const { training } = JSON.parse(readFileSync(join(MODELS, id, 'card.json'), 'utf8'))
    assert.equal(weights.length, 4 * training.parameters)
    // the large ones are found in the network: they are not in git twice
    assert.ok(statSync(join(MODELS, id, 'tfjs/weights.json')).size < 200_000)
  })
}
