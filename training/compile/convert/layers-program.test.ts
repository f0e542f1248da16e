/** Layers models: several inputs and outputs, open axes, look-ups. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { input, type LayersModel, layers, model as modelOf, type SymbolicTensor } from '@tensorflow/tfjs-layers'
import { floats, writeTfjsModel } from '../../../test/fixtures/tfjs-files.ts'
import { openCheckRuntime } from '../check-runtime.ts'
import { saveModel } from '../model-files.ts'
import { readArtifacts } from './artifacts.ts'
import { type Converted, type ConvertOptions, convertModel } from './convert.ts'

before(() => tf.setBackend('cpu'))
const folder = mkdtempSync(join(tmpdir(), 'onelabel-layers-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

async function convert(model: LayersModel, options: Partial<ConvertOptions> = {}): Promise<Converted> {
  const place = join(folder, String(count++))
  await saveModel(model, place)
  const artifacts = await readArtifacts(join(place, 'model.json'))
  const converted = await convertModel(artifacts, { size: {}, checkSize: {}, seed: 4, ...options }, openCheckRuntime)
  assert.ok(converted.checks.length > 0)
  for (const { largestDifference } of converted.checks) assert.ok(largestDifference < 1e-5, String(largestDifference))
  return converted
}

const sides = ({ graph }: Converted) =>
  [...graph.inputs, ...graph.outputs].map(({ name, dims, shape }) => [name, (dims ?? shape).join()])

test('two inputs and two outputs keep the names of their layers', async () => {
  const [a, b] = [input({ shape: [4], name: 'a' }), input({ shape: [4], name: 'b' })]
  const sum = layers.add({ name: 'sum' }).apply([a, b]) as SymbolicTensor
  const head = layers.dense({ units: 3, name: 'head' }).apply(sum) as SymbolicTensor
  const converted = await convert(modelOf({ inputs: [a, b], outputs: [head, sum] }))
  assert.deepEqual(sides(converted), [
    ['a', 'N,4'],
    ['b', 'N,4'],
    ['head', 'N,3'],
    ['sum', 'N,4'],
  ])
})

function openNetwork(): LayersModel {
  const scan = input({ shape: [null, null, null, 2], name: 'scan' })
  const conv = (filters: number, dilationRate: number) =>
    layers.conv3d({ filters, kernelSize: 3, padding: 'same', dilationRate: [dilationRate, dilationRate, dilationRate] })
  const x = layers.activation({ activation: 'relu' }).apply(conv(3, 1).apply(scan)) as SymbolicTensor
  return modelOf({ inputs: scan, outputs: conv(4, 2).apply(x) as SymbolicTensor })
}

test('a 3-D network with an open grid stays open in N, D, H and W, and is checked at three grids', async () => {
  const converted = await convert(openNetwork())
  assert.deepEqual(sides(converted)[0], ['scan', 'N,D,H,W,2'])
  assert.deepEqual(sides(converted)[1]![1], 'N,D,H,W,4')
  const grids = converted.checks.map(({ shapes }) => shapes['scan']!.join())
  assert.equal(new Set(grids).size, 3)
  assert.deepEqual(
    converted.checks.map(({ shapes }) => shapes['scan']![0]),
    [1, 2, 5],
  )
})

test('--size and --batch fix what is open', async () => {
  const converted = await convert(openNetwork(), { batch: 1, size: { D: 6, H: 7, W: 8 } })
  assert.deepEqual(converted.open, [])
  assert.deepEqual(sides(converted)[0], ['scan', '1,6,7,8,2'])
})

test('a stated grid stays, and the comparison is made at a smaller one', async () => {
  const scan = input({ shape: [256, 256, 256, 1], name: 'scan' })
  const out = layers.conv3d({ filters: 2, kernelSize: 3, padding: 'same' }).apply(scan) as SymbolicTensor
  const converted = await convert(modelOf({ inputs: scan, outputs: out }), { checkSize: { D: 5, H: 6, W: 7 } })
  assert.deepEqual(sides(converted)[0], ['scan', 'N,256,256,256,1'])
  assert.deepEqual(converted.checks[2]!.shapes, { scan: [5, 5, 6, 7, 1] })
})

test('ids of an embedding are drawn below its number of rows', async () => {
  const ids = input({ shape: [null], name: 'ids', dtype: 'int32' })
  const embedded = layers.embedding({ inputDim: 6, outputDim: 3 }).apply(ids) as SymbolicTensor
  const converted = await convert(modelOf({ inputs: ids, outputs: embedded }))
  assert.deepEqual(sides(converted)[0], ['ids', 'N,L'])
  assert.deepEqual(converted.guessedIds, [])
})

test('an open axis that cannot stay open is named with the node that forbids it', async () => {
  const x = input({ shape: [null, 3], name: 'x' })
  const flat = layers.reshape({ targetShape: [12] }).apply(x) as SymbolicTensor
  await assert.rejects(
    convert(modelOf({ inputs: x, outputs: flat })),
    /the axis L is open, but cannot stay so: .*--size/,
  )
  const fixed = await convert(modelOf({ inputs: x, outputs: flat }), { size: { L: 4 } })
  assert.deepEqual(sides(fixed)[0], ['x', 'N,4,3'])
})

test('a recurrent layer with its orthogonal initial weights converts, with its batch open', async () => {
  const config = {
    name: 'first',
    units: 2,
    batch_input_shape: [null, 4, 3],
    recurrent_initializer: { class_name: 'Orthogonal', config: { gain: 1, seed: null } },
  }
  const topology = { class_name: 'Sequential', config: { name: 'model', layers: [{ class_name: 'LSTM', config }] } }
  const weights = [floats('first/kernel', [3, 8]), floats('first/recurrent_kernel', [2, 8]), floats('first/bias', [8])]
  const path = writeTfjsModel(join(folder, String(count++)), { topology, weights })
  const converted = await convertModel(
    await readArtifacts(path),
    { size: {}, checkSize: {}, seed: 4 },
    openCheckRuntime,
  )
  assert.deepEqual(converted.open, ['N'])
  for (const { largestDifference } of converted.checks) assert.ok(largestDifference < 1e-5, String(largestDifference))
})
