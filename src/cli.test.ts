/** The command line as a process: exit codes, what goes to stdout, what to stderr. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createGate } from '../test/fixtures/gate.ts'
import { makeTinyModel, tinyHead, tinyScan } from '../test/fixtures/tiny-model.ts'
import type { Report } from './inference/report.ts'
import { readNifti } from './nifti/read.ts'

const cli = join(import.meta.dirname, 'cli.ts')

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function onelabel(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

let folder: string
let modelsDir: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onelabel-'))
  modelsDir = join(folder, 'models')
  await makeTinyModel(modelsDir)
  await writeFile(join(folder, 'scan.nii.gz'), tinyScan(24, { gz: true }))
})
after(() => rm(folder, { recursive: true }))

test('segment writes the label map and the report', async () => {
  const [scan, out, report] = ['scan.nii.gz', 'labels.nii.gz', 'report.json'].map((name) => join(folder, name))
  const ended = await onelabel(
    'segment',
    scan!,
    '-o',
    out!,
    '--report',
    report!,
    '--models',
    modelsDir,
    '--device',
    'cpu',
  )
  assert.equal(ended.code, 0, ended.stderr)
  assert.equal(ended.stdout, '')
  assert.match(ended.stderr, /lesions: 1, the largest 0\.064 mL\n\d+\.\d s on cpu\n$/)
  const written = await readNifti(out!, { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 })
  assert.deepEqual(Uint8Array.from(written.volume.data), tinyHead(24).labels)
  const told = JSON.parse(await readFile(report!, 'utf8')) as Report
  assert.equal(told.lesions.list![0]!.voxels, 64)
})

test('a named channel alone will do, and a dash sends the report to stdout', async () => {
  const [scan, out] = [join(folder, 'scan.nii.gz'), join(folder, 'flair-labels.nii.gz')]
  const ended = await onelabel('segment', '--flair', scan, '-o', out, '--report', '-', '--models', modelsDir)
  assert.equal(ended.code, 0, ended.stderr)
  const told = JSON.parse(ended.stdout) as Report
  assert.equal(told.gridChannel, 'flair')
  assert.equal(told.flipAverage, undefined)
  assert.match(ended.stderr, /warning: no brain was found: .* \(no-brain\)\n/)
})

test('the confidence gets a file of its own, and the report says that flips were averaged', async () => {
  const [scan, out, sure] = ['scan.nii.gz', 'averaged.nii.gz', 'sure.nii.gz'].map((name) => join(folder, name))
  const files = [scan!, '-o', out!, '--confidence', sure!, '--report', '-']
  const ended = await onelabel('segment', ...files, '--flip-average', '--models', modelsDir, '--device', 'cpu')
  assert.equal(ended.code, 0, ended.stderr)
  const told = JSON.parse(ended.stdout) as Report
  assert.equal(told.flipAverage, true)
  const { volume } = await readNifti(sure!, { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 })
  // The middle voxel is lesion, and the lesion is the same everywhere: its mean is its value.
  assert.ok(Math.abs(volume.data[12 + 24 * (12 + 24 * 12)]! - told.labels[2]!.confidence!) < 1e-6)
})

test('a fault ends with 1 and says its kind', async () => {
  const [scan, out] = [join(folder, 'no.nii'), join(folder, 'no-labels.nii.gz')]
  await writeFile(scan, 'not a scan')
  const ended = await onelabel('segment', scan, '-o', out, '--models', modelsDir, '--device', 'cpu')
  assert.equal(ended.code, 1)
  assert.match(ended.stderr, /^onelabel segment: .*\(not-nifti\)\n$/)
  const grid = await onelabel(
    'segment',
    join(folder, 'scan.nii.gz'),
    '-o',
    out,
    '--grid',
    'flair',
    '--models',
    modelsDir,
  )
  assert.equal(grid.code, 1)
  assert.match(grid.stderr, /grid-channel-missing/)
})

test('wrong usage ends with 2 and says what is wrong', async () => {
  const scan = join(folder, 'scan.nii.gz')
  const models = ['--models', modelsDir]
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /usage: onelabel <command>/],
    [['segmentate'], /no command 'segmentate'/],
    [['segment', scan, ...models], /-o <labels.nii.gz> is missing/],
    [['segment', join(folder, 'none.nii'), '-o', join(folder, 'a.nii.gz'), ...models], /cannot read/],
    [['segment', scan, '-o', join(folder, 'none', 'a.nii.gz'), ...models], /cannot write into/],
    [['segment', scan, '-o', scan, ...models], /is a scan; it would be overwritten/],
    [['models', '--device', 'tpu'], /auto, cpu, cuda, webgpu; found 'tpu'/],
  ]
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await onelabel(...args)
    assert.equal(code, 2, `${args}: ${stderr}`)
    assert.equal(stdout, '')
    assert.match(stderr, message)
  }
})

test('Ctrl-C ends a segmentation with 130 and leaves no file', async () => {
  const gate = createGate()
  await writeFile(join(folder, 'large.nii'), tinyScan(80)) // 125 patches
  const out = join(folder, 'large.nii.gz')
  const args = ['segment', join(folder, 'large.nii'), '-o', out, '--models', modelsDir, '--device', 'cpu']
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, ...gate.env },
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  await gate.held()
  child.kill('SIGINT')
  gate.open()
  const [code] = await once(child, 'close')
  gate.remove()
  assert.equal(code, 130, stderr)
  assert.match(stderr, /^onelabel segment: cancelled .*\(cancelled\)\n$/)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('large.nii.gz')),
    [],
  )
})

test('a device that cannot run is a fault of one line', async (t) => {
  const scan = join(folder, 'scan.nii.gz')
  const args = ['segment', scan, '-o', join(folder, 'cuda.nii.gz'), '--models', modelsDir, '--device', 'cuda']
  const { code, stderr } = await onelabel(...args)
  if (code === 0) return t.skip('CUDA runs here')
  assert.equal(code, 1)
  assert.match(stderr, /^onelabel segment: cannot run on cuda: .*\(not-ready\)\n$/)
})

test('an unknown model is a fault that names those there are', async () => {
  const [scan, out] = [join(folder, 'scan.nii.gz'), join(folder, 'a.nii.gz')]
  const { code, stderr } = await onelabel('segment', scan, '-o', out, '--model', 'big', '--models', modelsDir)
  assert.equal(code, 1)
  assert.match(stderr, /tiny \(unknown-model\)/)
})

test('every command has its help on stdout', async () => {
  const helps = [['--help'], ...['serve', 'segment', 'models', 'train', 'convert'].map((name) => [name, '--help'])]
  for (const args of helps) {
    const { code, stdout, stderr } = await onelabel(...args)
    assert.equal(code, 0, `${args}: ${stderr}`)
    assert.match(stdout, /^usage: onelabel /, `${args}`)
  }
})

test('models lists what holds, and ends with 1 when one does not', async () => {
  const good = await onelabel('models', '--models', modelsDir, '--device', 'cpu')
  assert.equal(good.code, 0, good.stderr)
  assert.equal(good.stdout, 'tiny  0.0.1  cpu  golden 1.0000 (at least 0.999)  t1|flair  Two thresholds\n')
  const mixed = join(folder, 'mixed')
  await mkdir(mixed)
  await makeTinyModel(mixed, { id: 'good' })
  await makeTinyModel(mixed, { id: 'bad', wrongGolden: true })
  const ended = await onelabel('models', '--models', mixed, '--device', 'cpu')
  assert.equal(ended.code, 1)
  assert.match(ended.stdout, /^good {2}/)
  assert.match(ended.stderr, /^bad: .*golden.*\(model-invalid\)\n$/)
})

test('a program of training passes its exit code on', async () => {
  assert.equal((await onelabel('convert')).code, 2)
  assert.equal((await onelabel('convert', '--unknown')).code, 2)
  assert.equal((await onelabel('convert', join(folder, 'none.json'), join(folder, 'none.onnx'))).code, 1)
})

test('npx can run it: executable, and its first line asks for node', async () => {
  accessSync(cli, constants.X_OK)
  assert.match(await readFile(cli, 'utf8'), /^#!\/usr\/bin\/env node\n/)
})
