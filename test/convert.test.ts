/** The converter on tfjs models that others made. */
import '../training/compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { openCheckRuntime } from '../training/compile/check-runtime.ts'
import { readArtifacts } from '../training/compile/convert/artifacts.ts'
import { disagreement } from '../training/compile/convert/check.ts'
import { type ConvertOptions, convertModel } from '../training/compile/convert/convert.ts'
import { seededRandom } from '../training/compile/random.ts'
import { float32, openRuntimeFromBytes } from '../training/compile/runtime.ts'
import { OPSETS } from '../training/compile/trace/opset.ts'
import { floats, writeTfjsModel } from './fixtures/tfjs-files.ts'

const root = resolve(import.meta.dirname, '..')
const dataDir = resolve(root, process.env['ONELABEL_TEST_DATA'] ?? '../shared/data')
const models = join(dataDir, 'tfjs_models')
const brainchop = join(models, 'neuroneural__brainchop')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-convert-'))
after(() => rmSync(folder, { recursive: true, force: true }))
before(() => tf.setBackend('cpu'))

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(root, 'training/cli/convert.ts'), ...args], { cwd: root })

const skip = existsSync(brainchop) ? false : `no data folder at ${dataDir}`
/** Fully convolutional networks; no two axes alike, so that a mixed-up axis shows. */
const SMALL: ConvertOptions = { size: {}, checkSize: { D: 5, H: 6, W: 7 }, seed: 1 }

const published = skip === false ? globSync('**/model*.json', { cwd: models }).sort() : []

test('the public models are found', { skip }, () => assert.ok(published.length >= 15, `${published.length} found`))

for (const name of published) {
  test(`${name} converts within 1e-4 of tfjs at batches 1, 2 and 5`, async () => {
    const { checks, open, graph } = await convertModel(await readArtifacts(join(models, name)), SMALL, openCheckRuntime)
    assert.deepEqual(open, ['N'])
    assert.deepEqual(graph.outputs[0]!.dims!.slice(0, 4), graph.inputs[0]!.dims!.slice(0, 4))
    assert.equal(checks.length, 3)
    for (const { largestDifference, equalLabels } of checks) {
      assert.ok(largestDifference <= 1e-4, String(largestDifference))
      assert.ok(equalLabels >= 0.99, String(equalLabels))
    }
  })
}

const places = skip === false ? globSync('*/v3/models/*', { cwd: models }).sort() : []
const incomplete = places.filter((place) => !existsSync(join(models, place, 'model.json')))

test('every published folder without a model is refused with the file that is missing', { skip }, async () => {
  assert.ok(incomplete.length > 0)
  for (const place of incomplete) {
    await assert.rejects(readArtifacts(join(models, place, 'model.json')), /there is no file at .*model\.json/)
  }
})

/**
 * A twin states its grid in its inputs and outputs; nothing else in it does. The six dimensions are overwritten in
 * place, in as many bytes: 256 is the varint 80 02, and 7 may be written 87 00.
 */
function withGrid(twin: Uint8Array, stated: number, grid: readonly number[]): Uint8Array {
  const wide = stated > 127
  const dimension = (size: number) => (wide ? [0x0a, 3, 8, 0x80 | (size & 127), size >> 7] : [0x0a, 2, 8, size])
  const bytes = Buffer.from(twin)
  let count = 0
  for (let at = bytes.indexOf(Buffer.from(dimension(stated))); at >= 0; count++) {
    bytes.set(dimension(grid[count % 3]!), at)
    at = bytes.indexOf(Buffer.from(dimension(stated)), at)
  }
  assert.equal(count, 6)
  return bytes
}

const TWINS: readonly (readonly [string, string, number])[] = [
  ['public/models/model5_gw_ae', 'model5_gw_ae.onnx', 256],
  ['public/models/model11_gw_ae', 'mnm_model_large.onnx', 256],
  ['model30_3class', 'model30_3class.onnx', 64],
]

for (const [name, twin, stated] of TWINS) {
  test(`${name} gives what its published ONNX twin gives, in either order of axes`, { skip }, async () => {
    const grid = [8, 9, 10] as const
    const [d, h, w] = grid
    const random = seededRandom(9)
    const voxels = d * h * w
    const scan = Float32Array.from({ length: voxels }, () => random.uniform(0, 1))
    const artifacts = await readArtifacts(join(brainchop, name, 'model.json'))
    const found = async (channelsFirst: boolean) => {
      const options: ConvertOptions = { ...SMALL, size: { D: d, H: h, W: w }, channelsFirst }
      const { bytes, graph } = await convertModel(artifacts, options, openCheckRuntime)
      const ours = await openRuntimeFromBytes(bytes, 'cpu', 1)
      // One channel lies the same in either order.
      const shape = channelsFirst ? [1, 1, ...grid] : [1, ...grid, 1]
      const output = (await ours.run({ [graph.inputs[0]!.name]: float32(scan, shape) }))[graph.outputs[0]!.name]!
      await ours.close()
      return output
    }
    const theirs = await openRuntimeFromBytes(withGrid(readFileSync(join(brainchop, twin)), stated, grid), 'cpu', 1)
    const there = (await theirs.run({ input: float32(scan, [1, 1, ...grid]) }))['output']!
    await theirs.close()
    const [last, first] = [await found(false), await found(true)]
    assert.deepEqual(last.dims, [1, ...grid, 3])
    assert.deepEqual(first.dims, there.dims)
    for (let voxel = 0; voxel < voxels; voxel++) {
      for (let label = 0; label < 3; label++) {
        const b = Number(there.data[label * voxels + voxel])
        for (const a of [Number(last.data[voxel * 3 + label]), Number(first.data[label * voxels + voxel])])
          assert.ok(Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(b)), `voxel ${voxel}, label ${label}: ${a} and ${b}`)
      }
    }
  })
}

for (const name of ['public/models/model5_gw_ae', 'public/models/model18cls']) {
  test(`${name} with weights in float16, channels first, in the newest opset is close to tfjs`, { skip }, async () => {
    const options: ConvertOptions = { ...SMALL, opset: OPSETS.most, channelsFirst: true, fp16: true }
    const artifacts = await readArtifacts(join(brainchop, name, 'model.json'))
    const { checks, fp16Checks, open, bytes } = await convertModel(artifacts, options, openCheckRuntime)
    assert.deepEqual(open, ['N'])
    assert.equal(disagreement({ checks, fp16Checks }), undefined)
    assert.deepEqual([checks.length, fp16Checks.length], [3, 3])
    for (const { equalLabels } of fp16Checks) assert.ok(equalLabels >= 0.99, String(equalLabels))
    const whole = await convertModel(artifacts, { ...options, fp16: false }, null)
    assert.ok(bytes.length < 0.65 * whole.bytes.length, `${whole.bytes.length} bytes became ${bytes.length}`)
  })
}

test('the command writes the file and says what it holds', { skip }, async () => {
  const target = join(folder, 'model.onnx')
  const source = join(brainchop, 'public/models/model5_gw_ae/model.json')
  const { stdout } = await run(source, target, '--check-size', '5,6,7')
  assert.match(stdout, /input float32 \[N,256,256,256,1\] → output float32 \[N,256,256,256,3\], opset 17/)
  assert.match(stdout, /tfjs\.generatedBy: keras v2\.7\.0\ntfjs\.convertedBy: TensorFlow\.js Converter v3\.9\.0\n/)
  assert.match(stdout, /tfjs\.weightsSha256: [0-9a-f]{64}\n/)
  assert.match(stdout, /largest difference to tfjs at \[5,5,6,7,1\]: \S+, equal labels: 100\.000 %/)
  assert.ok(statSync(target).size > 10_000)
  // metadata_props are text inside the file.
  assert.match(readFileSync(target, 'latin1'), /tfjs\.convertedBy..TensorFlow\.js Converter v3\.9\.0/s)
})

test('the command says nothing of tfjs on the terminal', async () => {
  const config = { name: 'dense', units: 2, use_bias: false, batch_input_shape: [null, 3] }
  const layers = [{ class_name: 'Dense', config }]
  const topology = { class_name: 'Sequential', config: { name: 'model', layers } }
  const weights = [floats('dense/kernel', [3, 2])]
  const { stdout, stderr } = await run(
    writeTfjsModel(join(folder, 'quiet'), { topology, weights }),
    join(folder, 'q.onnx'),
  )
  assert.equal(stderr, '')
  assert.match(stdout, /^dense_input float32 \[N,3\] → dense float32 \[N,2\]/)
})

/** One convolution of 3×3×8 to 16 channels. */
function imageModel(name: string): string {
  const config = { name: 'conv', filters: 16, kernel_size: [3, 3], padding: 'same', batch_input_shape: [null, 6, 7, 8] }
  const layers = [{ class_name: 'Conv2D', config }]
  const topology = { class_name: 'Sequential', config: { name: 'model', layers } }
  return writeTfjsModel(join(folder, name), {
    topology,
    weights: [floats('conv/kernel', [3, 3, 8, 16]), floats('conv/bias', [16])],
  })
}

test('the command writes another opset, weights in float16 and channels first, and says so', async () => {
  const [plain, other] = [join(folder, 'plain.onnx'), join(folder, 'other.onnx')]
  const source = imageModel('image')
  const before = (await run(source, plain)).stdout
  const after = (await run(source, other, '--opset', '21', '--fp16', '--channels-first')).stdout
  assert.match(before, /^conv_input float32 \[N,6,7,8\] → conv float32 \[N,6,7,16\], opset 17, /)
  assert.match(after, /^conv_input float32 \[N,8,6,7\] → conv float32 \[N,16,6,7\], opset 21, /)
  assert.doesNotMatch(before, /float16/)
  assert.match(
    after,
    /\nlargest difference to tfjs at \[5,6,7,8\], weights in float16: \d\.\d\de-[345], equal labels: /,
  )
  assert.ok(statSync(other).size < 0.7 * statSync(plain).size)
})

test('what cannot be written is refused by a sentence, and nothing is written', async () => {
  const target = join(folder, 'none.onnx')
  const source = imageModel('refused')
  for (const [args, message] of [
    [['--opset', '27'], /: '27' is no opset that is written; whole numbers from 16 to 26 are\n$/],
    [['--opset', 'new'], /: 'new' is no opset that is written; whole numbers from 16 to 26 are\n$/],
    [['--opset='], /: '' is no opset that is written; whole numbers from 16 to 26 are\n$/],
    [['--for-inference', '--int8', 'none.json', '--fp16'], /: --int8 and --fp16 do not go together\n$/],
  ] as const) {
    await assert.rejects(run(source, target, ...args), { code: 1, stderr: message })
  }
  assert.ok(!existsSync(target))
})

test('nothing but training/compile/cpu-backend.ts loads the backend that advertises itself', () => {
  const files = globSync('{src,training,test,bench}/**/*.ts', { cwd: root })
  const direct = files.filter((file) =>
    /^import '@tensorflow\/tfjs-backend-cpu'/m.test(readFileSync(join(root, file), 'utf8')),
  )
  assert.deepEqual(direct, ['training/compile/cpu-backend.ts'])
})

test('what is no tfjs model is refused with a reason and writes nothing', async () => {
  const target = join(folder, 'none.onnx')
  for (const [source, message] of [
    [join(root, 'package.json'), /no tfjs model: its JSON holds name, version/],
    [root, /is a folder; the model\.json of a tfjs layers or graph model is wanted/],
  ] as const) {
    await assert.rejects(run(source, target), { code: 1, stderr: message })
  }
  assert.ok(!existsSync(target))
})

test('a Keras .h5 file is recognised', { skip }, async () => {
  const [h5] = globSync('**/*.h5', { cwd: models })
  await assert.rejects(readArtifacts(join(models, h5!)), /this is a Keras \.h5 file, no model\.json/)
})

test('convert without arguments prints its usage and exits with 2', async () => {
  await assert.rejects(run(), { code: 2, stderr: /usage: onelabel convert/ })
  assert.match((await run('--help')).stdout, /usage: onelabel convert/)
})
