/**
 * docs/own-model.md, run as it stands: a lab's folder becomes a model that a running service takes, and so does a tfjs model from
 * elsewhere. In a copy of the checkout, with a service on a free port. WRITE_TRANSCRIPT=1 puts what was printed into the page.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { readNifti } from '../../src/nifti/read.ts'
import { saveModel } from '../../training/compile/model-files.ts'
import { buildUnet, type UnetSpec } from '../../training/method/unet.ts'
import { TRAINING_LIMITS } from '../../training/sources/datasets/limits.ts'
import { writeLabFolder } from '../fixtures/lab-folder.ts'
import { until } from '../fixtures/service.ts'
import { partsOf, withOutputs } from '../fixtures/transcript.ts'
import '../../training/compile/cpu-backend.ts'

const root = resolve(import.meta.dirname, '../..')
const PAGE = join(root, 'docs/own-model.md')
const ADDRESS = 'http://127.0.0.1:8080'

const folder = await mkdtemp(join(tmpdir(), 'onelabel-own-model-'))
const page = await readFile(PAGE, 'utf8')
const printed: string[] = []
let service: ChildProcess | undefined
let base = ADDRESS

before(async () => {
  for (const name of ['src', 'training', 'web', 'package.json', 'openapi.yaml', 'models/joint-wmh'])
    await cp(join(root, name), join(folder, name), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeLabFolder(join(folder, 'data'))
  await tf.setBackend('cpu')
  const spec: UnetSpec = { stem: 1, channels: [4], convolutions: 1 }
  await saveModel(buildUnet(spec, { patch: [16, 16, 16], channels: 1, labels: 3 }, 3), join(folder, 'ours'))
})
after(async () => {
  if (service !== undefined && service.exitCode === null) {
    process.kill(-service.pid!, 'SIGKILL')
    await once(service, 'exit')
  }
  await rm(folder, { recursive: true })
})

/** A shell in the copy, the leader of a process group; what it prints, as it comes. */
function start(line: string) {
  const env = { ...process.env, ONELABEL_PORT: '0', ONELABEL_MIN_FREE_BYTES: '0', ONELABEL_DEVICE: 'cpu' }
  const child = spawn('bash', ['-c', line], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk))
  return { child, text: () => text }
}

async function run(line: string): Promise<string> {
  const { child, text } = start(line.replaceAll(ADDRESS, base))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, `${line}\n${text()}`)
  return text()
}

async function runKilled(line: string, when: () => boolean): Promise<string> {
  const { child, text } = start(line)
  await until(when)
  process.kill(-child.pid!, 'SIGKILL')
  const [, signal] = await once(child, 'close')
  assert.equal(signal, 'SIGKILL')
  return text()
}

async function startService(line: string): Promise<string> {
  const { child, text } = start(line)
  service = child
  await until(() => text().includes('"listening"'))
  const port = /"port":(\d+)[^\n]*"listening"|"listening"[^\n]*"port":(\d+)/.exec(text())!
  base = `http://127.0.0.1:${port[1] ?? port[2]}`
  await until(async () => (await fetch(`${base}/readyz`)).status === 200)
  return ''
}

const shown = (text: string) =>
  text
    .replaceAll(folder, '')
    .replaceAll(base, ADDRESS)
    .split('\n')
    .filter((line) => !line.startsWith('npm warn'))
    .join('\n')

test('the page, from a folder to a served model', { timeout: 3_600_000 }, async () => {
  for (const part of partsOf(page)) {
    if (part.kind === 'file') {
      await mkdir(dirname(join(folder, part.name)), { recursive: true })
      await writeFile(join(folder, part.name), part.text)
      continue
    }
    const { line } = part
    const isKilled = line.endsWith('# killed')
    if (isKilled) printed.push(await runKilled(line, () => existsSync(join(folder, 'runs/lab/checkpoint.bin'))))
    else if (line.includes('onelabel serve')) printed.push(await startService(line))
    else printed.push(await run(line))
  }
})

test('the killed run went on, the models stand with their scores, and their maps lie on the scans', async () => {
  const resumed = printed[1]!
  const [, first] = /lab: step (\d+)/.exec(resumed)!
  assert.ok(Number(first) > 20, `it went on from its checkpoint: ${resumed}`)
  const card = JSON.parse(await readFile(join(folder, 'models/lab/card.json'), 'utf8'))
  assert.match(card.intendedUse, /has not been stated/)
  assert.deepEqual(
    card.evaluation.subjects.map(({ name }: { name: string }) => name),
    ['first', 'second'],
  )
  assert.ok(card.evaluation.subjects[0].dice['white matter'] > 0.5)
  const scan = await readNifti(join(folder, 'data/WMH2017/training/Utrecht/0/pre/T1.nii.gz'), TRAINING_LIMITS)
  const maps = await Promise.all(
    ['labels', 'again', 'ours'].map((name) => readNifti(join(folder, `${name}.nii.gz`), TRAINING_LIMITS)),
  )
  for (const { volume } of maps) assert.deepEqual(volume.shape, scan.volume.shape)
  // The service and the command line took the same model.
  assert.deepEqual(maps[0]!.volume.data, maps[1]!.volume.data)
  assert.ok(maps[0]!.volume.data.some((value) => value > 0))
  const { models } = (await (await fetch(`${base}/v1/models`)).json()) as { models: { id: string }[] }
  assert.deepEqual(models.map(({ id }) => id).sort(), ['joint-wmh', 'lab', 'ours'])
})

test('every command of the page stands in the README', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  for (const part of partsOf(page)) {
    if (part.kind === 'file') continue
    const [program] = /^(npx onelabel [\w-]+|curl)/.exec(part.line)!
    assert.ok(readme.includes(program), program)
  }
})

test('what was printed can be put into the page', { skip: process.env['WRITE_TRANSCRIPT'] !== '1' }, async () => {
  await writeFile(PAGE, withOutputs(page, printed.map(shown)))
})
