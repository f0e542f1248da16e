/** Weights on disk: quantised, cut into shards, missing, of the wrong length; and files that are no tfjs model. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { graphModel, node, placeholder } from '../../../test/fixtures/graph-def.ts'
import { floatWeight, quantised, type Weight, writeTfjsModel } from '../../../test/fixtures/tfjs-files.ts'
import { openCheckRuntime } from '../check-runtime.ts'
import { float32, openRuntimeFromBytes } from '../runtime.ts'
import { readArtifacts } from './artifacts.ts'
import { convertModel } from './convert.ts'

before(() => tf.setBackend('cpu'))
const folder = mkdtempSync(join(tmpdir(), 'onelabel-artifacts-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const place = () => join(folder, String(count++))

const layer = (class_name: string, config: object) => ({ class_name, config: { name: 'first', ...config } })
const sequential = (...layers: object[]) => ({ class_name: 'Sequential', config: { name: 'model', layers } })
const dense = layer('Dense', { units: 2, batch_input_shape: [null, 3], activation: 'linear', use_bias: true })
const bias = floatWeight('first/bias', [2], [0, 0])
const plain = floatWeight('first/kernel', [3, 2], [1, 2, 3, 4, 5, 6])

/** What the converted model gives for the three unit vectors: the rows of its kernel, where the bias is 0. */
async function rowsOf(path: string): Promise<number[]> {
  const { bytes, graph } = await convertModel(
    await readArtifacts(path),
    { size: {}, checkSize: {}, seed: 1 },
    openCheckRuntime,
  )
  const runtime = await openRuntimeFromBytes(bytes, 'cpu', 1)
  const input = float32(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), [3, 3])
  const outputs = await runtime.run({ [graph.inputs[0]!.name]: input })
  await runtime.close()
  return Array.from(outputs[graph.outputs[0]!.name]!.data as Float32Array)
}

// value = q · scale + min: 0 → −1, 4 → 0, 255 → 62.75, …
const BYTE_ROWS = [-1, -0.75, -0.5, 0, 31, 62.75]
const byte = (name: string) => quantised(name, [3, 2], Uint8Array.of(0, 1, 2, 4, 128, 255), 0.25, -1)
// 0 → 2, 1 → 2.5, 1000 → 502, 65535 → 32769.5, …
const SHORT_ROWS = [2, 2.5, 502, 32769.5, 3, 7]
const short = (name: string) => quantised(name, [3, 2], Uint16Array.of(0, 1, 1000, 65535, 2, 10), 0.5, 2)
// IEEE 754 half: 0x3800 is 0.5, 0xbd00 is −1.25, 0x3c00 is 1, 0x4200 is 3, 0x7bff is 65504, 0x0001 is 2^−24.
const HALF_ROWS = [0.5, -1.25, 1, 3, 65504, 2 ** -24]
const half = (name: string): Weight => {
  const bits = Uint16Array.of(0x3800, 0xbd00, 0x3c00, 0x4200, 0x7bff, 0x0001)
  return {
    name,
    shape: [3, 2],
    dtype: 'float32',
    bytes: new Uint8Array(bits.buffer),
    quantization: { dtype: 'float16' },
  }
}

for (const [type, weight, rows] of [
  ['uint8', byte, BYTE_ROWS],
  ['uint16', short, SHORT_ROWS],
  ['float16', half, HALF_ROWS],
] as const) {
  test(`a layers model with ${type} weights converts to their values`, async () => {
    const path = writeTfjsModel(place(), { topology: sequential(dense), weights: [weight('first/kernel'), bias] })
    assert.deepEqual(await rowsOf(path), rows)
  })

  test(`a graph model with ${type} weights converts to their values`, async () => {
    const nodes = [placeholder('x', [-1, 3]), node('y', 'MatMul', ['x', 'w'])]
    assert.deepEqual(await rowsOf(writeTfjsModel(place(), graphModel(nodes, [weight('w')]))), rows)
  })
}

test('weights in seven shards, cut in the middle of numbers, are those of one shard', async () => {
  const files = { topology: sequential(dense), weights: [plain, bias] }
  const [whole, cut] = [writeTfjsModel(place(), files), writeTfjsModel(place(), { ...files, shardBytes: 5 })]
  assert.deepEqual(await rowsOf(cut), [1, 2, 3, 4, 5, 6])
  assert.equal((await readArtifacts(cut)).weightsSha256, (await readArtifacts(whole)).weightsSha256)
})

test('a missing shard is named', async () => {
  const path = writeTfjsModel(place(), { topology: sequential(dense), weights: [plain, bias], shardBytes: 20 })
  rmSync(join(dirname(path), 'group1-shard2of2.bin'))
  await assert.rejects(
    readArtifacts(path),
    /the weight shard 'group1-shard2of2\.bin' that model\.json names is missing/,
  )
})

test('a shard that is too short is refused with both lengths', async () => {
  const path = writeTfjsModel(place(), { topology: sequential(dense), weights: [plain, bias] })
  truncateSync(join(dirname(path), 'group1-shard1of1.bin'), 30)
  await assert.rejects(
    readArtifacts(path),
    /promises 32 bytes of weights, the shards \(group1-shard1of1\.bin\) hold 30/,
  )
})

test('a shard outside of the folder is not read', async () => {
  const path = place()
  writeFileSync(
    path,
    JSON.stringify({ modelTopology: sequential(dense), weightsManifest: [{ paths: ['../x'], weights: [] }] }),
  )
  await assert.rejects(readArtifacts(path), /names the shard '\.\.\/x'; only files beside model\.json are read/)
})

/** A model whose only shard is the file `name` and stands as `path` in the manifest. */
function withShard(path: string, name: string): string {
  const model = writeTfjsModel(place(), { topology: sequential(dense), weights: [plain, bias] })
  renameSync(join(dirname(model), 'group1-shard1of1.bin'), join(dirname(model), name))
  writeFileSync(model, readFileSync(model, 'utf8').replace('group1-shard1of1.bin', path))
  return model
}

test('a shard with a space is found by its name, and by its URL', async () => {
  for (const [path, name] of [
    ['group 1.bin', 'group 1.bin'],
    ['group%201.bin', 'group 1.bin'],
    ['gr%C3%BCn%2B1.bin', 'grün+1.bin'],
    ['group%201.bin', 'group%201.bin'],
    ['100%.bin', '100%.bin'],
  ] as const) {
    assert.deepEqual(await rowsOf(withShard(path, name)), [1, 2, 3, 4, 5, 6])
  }
})

test('a shard outside of the folder is not read in any writing', async () => {
  for (const path of ['a/../../x', '%2e%2e/x', '..%2fx', '%2Fetc%2Fhosts', '..%5Cx', 'file:%2F%2F/x', 'x%00']) {
    const message = `the manifest names the shard '${path}'; only files beside model.json are read`
    await assert.rejects(readArtifacts(withShard(path, 'x')), { message })
  }
})

test('a missing shard is named as it stands and as a URL', async () => {
  await assert.rejects(readArtifacts(withShard('a%20b', 'x')), {
    message: "the weight shard 'a%20b' or 'a b' that model.json names is missing beside it",
  })
})

test('a byte order mark before the JSON is no part of it', async () => {
  const path = writeTfjsModel(place(), { topology: sequential(dense), weights: [plain, bias] })
  const text = `\ufeff${readFileSync(path, 'utf8')}`
  for (const bytes of [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()]) {
    writeFileSync(path, bytes)
    assert.deepEqual(await rowsOf(path), [1, 2, 3, 4, 5, 6])
  }
})

test('a weight of a type tfjs does not know is named with its type', async () => {
  const odd = { ...plain, quantization: { dtype: 'int4' } }
  const path = writeTfjsModel(place(), { topology: sequential(dense), weights: [odd] })
  await assert.rejects(readArtifacts(path), /the weight 'first\/kernel' is stored as int4; allowed are float32, int32/)
})

test('what is no tfjs model is refused with what was found', async () => {
  const cases: readonly (readonly [string | Uint8Array, RegExp])[] = [
    [Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /this is a Keras \.h5 file, no model\.json/],
    [Buffer.from('PK\x03\x04', 'latin1'), /this is a zip file \(a \.keras file is one\), no model\.json/],
    ['not json', /this is no JSON/],
    ['[1, 2]', /this JSON is no object/],
    ['{"colours": []}', /this is no tfjs model: its JSON holds colours, not a modelTopology and a weightsManifest/],
    ['{"modelTopology": {"odd": 1}, "weightsManifest": []}', /this is no tfjs model: its JSON holds modelTopology/],
  ]
  for (const [content, message] of cases) {
    const path = place()
    writeFileSync(path, content)
    await assert.rejects(readArtifacts(path), message)
  }
  await assert.rejects(readArtifacts(folder), /is a folder; the model\.json of a tfjs layers or graph model is wanted/)
  await assert.rejects(readArtifacts(join(folder, 'none.json')), /there is no file at .*none\.json/)
})

test('a layer class that nobody knows is named, and Python code in place of a layer too', async () => {
  const convert = async (name: string) => {
    const odd = layer(name, { batch_input_shape: [null, 3] })
    const artifacts = await readArtifacts(writeTfjsModel(place(), { topology: sequential(odd), weights: [] }))
    return convertModel(artifacts, { size: {}, checkSize: {}, seed: 1 }, openCheckRuntime)
  }
  await assert.rejects(convert('Swoosh'), /the model has a layer 'Swoosh'; known are those of tfjs-layers 4/)
  await assert.rejects(convert('Lambda'), /a layer of class 'Lambda', which is Python code/)
})
