/** The proof for machines with a GPU, where there is none, and with a GPU made of software: its codes, and the fields of docs/gpu.md. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { lendProvider } from '../bench/gpu/lend-provider.ts'
import { CUDA_LIBRARIES, CUDA_LIBRARY, gpuOf, MISSING_FOR, versionWithin } from '../bench/gpu/what-is-here.ts'
import { onnxruntimeVersion } from '../bench/machine.ts'
import { absent, documentedFields, fieldsOf, undocumented } from './fixtures/documented-fields.ts'
import { makeTinyModel } from './fixtures/tiny-model.ts'
import { noVulkan, vulkanEnvironment } from './fixtures/vulkan.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-gpu-'))
after(() => rmSync(folder, { recursive: true }))
const documented = documentedFields(readFileSync(join(root, 'docs/gpu.md'), 'utf8'), 'gpu fields')

function prove(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { PATH = '' } = process.env
  const script = join(root, 'bench/prove-gpu.ts')
  const run = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env: { PATH, ...environment } })
  return { code: run.status, printed: JSON.parse(run.stdout || 'null'), errors: run.stderr }
}

/** A folder of this name with such files in it. */
function folderOf(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const path = join(folder, name)
  mkdirSync(path)
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content)
  return path
}
const built = (version: string) => `exclusive\0${version}\0cudaSetDevice`

test('where CUDA cannot be tried it says what is missing and what mends that, in documented fields, and exits with 3', () => {
  const { code, printed } = prove(['--device', 'cuda', '--provider-dir', folderOf('empty', {})])
  assert.deepEqual([code, printed.ready, printed.proved], [3, false, false])
  const fields = fieldsOf(printed)
  assert.deepEqual(undocumented(fields, documented), [])
  const [cuda] = printed.devices
  assert.deepEqual(Object.keys(cuda), ['device', 'ready', 'missing', 'mend'])
  assert.deepEqual(
    printed.missing,
    cuda.missing.map((what: string) => `cuda: ${what}`),
  )
  assert.match(
    cuda.missing.at(-1),
    /no libonnxruntime_providers_cuda\.so, no libonnxruntime_providers_shared\.so in .*empty/,
  )
  assert.match(printed.mend, new RegExp(`^cuda: .*of onnxruntime ${onnxruntimeVersion()} for GPUs with --provider-dir`))
})

test('wrong options are a usage error', () => {
  for (const wrong of [
    ['--device', 'rocm'],
    ['--heads', '0'],
    ['--edge', 'large'],
  ]) {
    assert.equal(prove(wrong).code, 2, wrong.join(' '))
  }
})

test('on WebGPU a model that agrees is proved; every documented field is there or in what is missing', {
  skip: noVulkan,
}, async () => {
  const modelsDir = join(folder, 'models')
  await makeTinyModel(modelsDir)
  const small = ['--models', modelsDir, '--edge', '32', '--heads', '2']
  const { code, printed, errors } = prove([...small, '--device', 'webgpu'], vulkanEnvironment())
  assert.equal(code, 0, errors + JSON.stringify(printed))
  assert.deepEqual([printed.ready, printed.proved, printed.missing, printed.mend], [true, true, [], null])
  const [{ proof }] = printed.devices
  const [model] = proof.models
  // the network is a product of two numbers a voxel: nothing to round differently
  assert.deepEqual([model.id, model.goldenAgreement, model.agreementWithCpu], ['tiny', { cpu: 1, device: 1 }, 1])
  assert.ok(model.largestLogitDifference < 1e-5)
  assert.equal(model.isWhollyOnDevice, true)
  assert.deepEqual([proof.head.voxels, proof.batch.heads], [32 ** 3, 2])

  const nothing = prove(['--device', 'cuda', '--provider-dir', folder]).printed
  // as where nvidia-smi tells
  const told = {
    gpus: [gpuOf('NVIDIA H200, 580.159, 143771')],
    devices: [{ gpuMemory: { beforeMiB: 1, highestMiB: 2 } }],
  }
  const fields = [printed, nothing, told].flatMap((one) => fieldsOf(one))
  assert.deepEqual(undocumented(fields, documented), [])
  // null of a device that failed: the next test
  assert.deepEqual(absent(fields, documented), ['devices[].proof'])
})

test('a model that is not what its card says is not proved, and a model that cannot be opened is a failure with its reason', {
  skip: noVulkan,
}, async () => {
  const wrong = join(folder, 'wrong')
  await makeTinyModel(wrong, { wrongGolden: true })
  const small = ['--edge', '32', '--heads', '1', '--device', 'webgpu']
  const other = prove([...small, '--models', wrong], vulkanEnvironment())
  assert.deepEqual([other.code, other.printed.proved, other.printed.devices[0].failure], [1, false, null])
  assert.equal(other.printed.devices[0].proof.models[0].isMet, false)

  const broken = join(folder, 'broken')
  const { folder: model } = await makeTinyModel(broken)
  writeFileSync(join(model, 'model.onnx'), 'no network')
  const { code, printed } = prove([...small, '--models', broken], vulkanEnvironment())
  assert.deepEqual([code, printed.proved, printed.devices[0].proof], [1, false, null])
  assert.match(printed.devices[0].failure, /opening it on the CPU: the weights of model tiny are 10 bytes/)
  assert.deepEqual(undocumented(fieldsOf(printed), documented), [])
})

test('the version is the string of its own that a library holds, wherever it stands; two of them are none', () => {
  const at = (padding: number, text: string) => Buffer.concat([Buffer.alloc(padding, 0x61), Buffer.from(text)])
  const files = {
    start: built('1.30.0'),
    // across the end of what is read at a time
    across: at(2 ** 22 - 14, built('1.31.2')),
    within: 'x1.30.0\0and 1.30.0 in words',
    two: `${built('1.30.0')}${built('1.29.0')}`,
  }
  const where = folderOf('libraries', files)
  assert.deepEqual(
    Object.keys(files).map((name) => versionWithin(join(where, name))),
    ['1.30.0', '1.31.2', null, null],
  )
})

const noCuda = process.platform === 'linux' && process.arch === 'x64' ? false : 'CUDA is for Linux x64'

test('a library of another version is missing, one of the same is not', { skip: noCuda }, () => {
  const shared = { 'libonnxruntime_providers_shared.so': '' }
  const here = { onnxruntime: '1.30.0', bindingFolder: folder, gpus: [], hasNvidiaDevice: true }
  const missing = (version: string) => {
    const providerFolder = folderOf(`of-${version}`, { [CUDA_LIBRARY]: built(version), ...shared })
    return MISSING_FOR.cuda({ ...here, providerFolder }).map(({ what }) => what)
  }
  assert.deepEqual(missing('1.29.1'), [`${CUDA_LIBRARY} is of onnxruntime 1.29.1; onnxruntime-node is 1.30.0`])
  assert.deepEqual(missing('1.30.0'), [])
})

test('libraries are lent beside the binding and taken away again; what lies there is never replaced', () => {
  const from = folderOf('lender', Object.fromEntries(CUDA_LIBRARIES.map((name) => [name, name])))
  const to = folderOf('binding', {})
  const takeAway = lendProvider(from, to)
  assert.deepEqual(
    CUDA_LIBRARIES.map((name) => readFileSync(join(to, name), 'utf8')),
    CUDA_LIBRARIES,
  )
  takeAway()
  assert.deepEqual(readdirSync(to), [])
  const taken = folderOf('taken', { [CUDA_LIBRARY]: 'installed' })
  assert.throws(() => lendProvider(from, taken), /is there already/)
  assert.equal(readFileSync(join(taken, CUDA_LIBRARY), 'utf8'), 'installed')
})
