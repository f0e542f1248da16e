/**
 * The archive for machines without a network, made, unpacked into an empty folder and used in a network namespace of its own, with
 * nothing in the environment and of other programs only those of a bare system: it gives its golden label map.
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { makeArchive } from '../../deploy/archive/make.ts'
import type { Component, Sbom } from '../../deploy/archive/sbom.ts'
import { agreement } from '../../src/model/golden.ts'
import { readNifti } from '../../src/nifti/read.ts'
import { PATIENCE_MS } from '../fixtures/patience.ts'
import type { Offline } from '../fixtures/served-offline.ts'

const SERVED = resolve(import.meta.dirname, '../fixtures/served-offline.ts')
const LIMITS = { maxFileBytes: 1e8, maxInflatedBytes: 1e9, maxVoxels: 1e8 }
const MODELS = ['joint-tumour', 'joint-wmh']
/** All that the start script asks of the system; its shell is found by its path. */
const TOOLS = ['dirname', 'readlink', 'sha256sum', 'wc']
/** What npm and git say where packages cannot be had and where this is no checkout. */
const CANNOT = /ENOTCACHED|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|not a git repository/

const exec = promisify(execFile)
const folder = await mkdtemp(join(tmpdir(), 'onelabel-offline-'))
after(() => rm(folder, { recursive: true }))
const bin = join(folder, 'bin')
const empty = join(folder, 'empty')
for (const path of [bin, empty]) await mkdir(path)
for (const tool of TOOLS) {
  await symlink(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), join(bin, tool))
}
const made = await makeArchive(folder).catch((error: Error) => {
  if (!CANNOT.test(error.message)) throw error
  return null
})
const file = made?.file ?? ''
if (made !== null) await exec('tar', ['xzf', file], { cwd: empty })
const home = join(empty, basename(file, '.tar.gz'))

const notMade = made === null && 'packages are neither in the cache of npm nor to be had, or this is no git checkout'
const noNamespace =
  spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).status !== 0 &&
  'no network namespace (unshare -rn, ip) may be made here'
const cutOff = { skip: notMade || noNamespace, timeout: 4 * PATIENCE_MS }

/** Runs a program in a namespace without network, in the empty folder; resolves with what it printed. */
async function offline(program: string, ...args: readonly string[]): Promise<string> {
  const alone = `ip link set lo up && exec env -i "PATH=${bin}" "$@"`
  const { stdout } = await exec('unshare', ['-rn', 'sh', '-c', alone, 'sh', program, ...args], { cwd: empty })
  return stdout
}

const golden = (name: string) => join(home, 'models/joint-wmh/golden', `${name}.nii.gz`)

async function agreementWithGolden(file: string): Promise<number> {
  const [expected, found] = await Promise.all([golden('labels'), file].map((path) => readNifti(path, LIMITS)))
  assert.deepEqual(found!.volume.shape, expected!.volume.shape)
  return agreement(expected!.volume.data, found!.volume.data)
}

test('verify: every file is as it was packed, and each model gives its golden label map', cutOff, async () => {
  const [first, ...models] = (await offline(join(home, 'onelabel'), 'verify')).trim().split('\n')
  assert.match(first!, /^SHA256SUMS: \d+ files are as they were packed$/)
  assert.deepEqual(
    models.map((line) => line.split('  ')[0]),
    MODELS,
  )
})

test('segment: the golden scans give the golden label map, by a link to the program', cutOff, async () => {
  const link = join(bin, 'onelabel')
  await symlink(join(home, 'onelabel'), link)
  const labels = join(folder, 'segmented.nii.gz')
  await offline(link, 'segment', golden('t1'), '--flair', golden('flair'), '-o', labels)
  assert.ok((await agreementWithGolden(labels)) >= 0.99)
})

test('serve: the service has its page, gives the golden label map and sees no network', cutOff, async () => {
  const labels = join(folder, 'served.nii.gz')
  const node = join(home, 'runtime/node')
  const said = JSON.parse(
    await offline(node, SERVED, join(home, 'onelabel'), golden('t1'), golden('flair'), labels),
  ) as Offline
  assert.deepEqual(said.interfaces, ['lo'])
  assert.deepEqual(said.page, { '/': 200, '/main.ts': 200, '/vendor/niivue.js': 200, '/docs': 200 })
  assert.equal(said.segmented, 200)
  assert.equal(said.exitCode, 0)
  assert.ok((await agreementWithGolden(labels)) >= 0.99)
})

test('the manifest names every file, and nothing tells when, by whom or on which machine it was made', {
  skip: notMade,
}, async () => {
  const bytes = await readFile(file)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  assert.equal(await readFile(`${file}.sha256`, 'utf8'), `${sha256}  ${basename(file)}\n`)
  assert.deepEqual([...bytes.subarray(4, 8)], [0, 0, 0, 0], 'gzip was told no time')

  const { stdout } = await exec('tar', ['tvzf', file, '--numeric-owner', '--full-time'], { maxBuffer: 2 ** 26 })
  const entries = [...stdout.matchAll(/^(\S+) (\S+) +\d+ (\S+ \S+) [^/]+\/(.*)$/gm)]
  const distinct = (column: number) => [...new Set(entries.map((entry) => entry[column]))].sort()
  assert.deepEqual(distinct(1), ['-rw-r--r--', '-rwxr-xr-x', 'drwxr-xr-x'])
  assert.deepEqual(distinct(2), ['0/0'])
  assert.equal(distinct(3).length, 1)
  const packed = new Set(entries.filter(([, mode]) => mode!.startsWith('-')).map(([, , , , path]) => path!))
  const lines = (await readFile(join(home, 'SHA256SUMS'), 'utf8')).trim().split('\n')
  const named = new Set(lines.map((line) => line.slice(66)))
  named.add('SHA256SUMS')
  assert.deepEqual([...packed].sort(), [...named].sort())
  const unwanted = /\.test\.ts$|\/tfjs\/|^training\/|secrets\//
  assert.ok(![...named].some((path) => unwanted.test(path)))
})

test('the SBOM names every package, Node and the models', { skip: notMade }, async () => {
  const read = <T>(path: string) => JSON.parse(readFileSync(join(home, path), 'utf8')) as T
  const { components } = read<Pick<Sbom, 'components'>>('sbom.json')
  const ofType = (isLibrary: boolean) => components.filter(({ type }) => (type === 'library') === isLibrary)
  const installed = globSync('**/node_modules/{*,@*/*}/package.json', { cwd: home }).map((path) =>
    read<Component>(path),
  )
  const names = (parts: readonly Pick<Component, 'name' | 'version'>[]) =>
    [...new Set(parts.map(({ name, version }) => `${name}@${version}`))].sort()
  assert.deepEqual(names(ofType(true)), names(installed))
  assert.deepEqual(
    ofType(false).map(({ type, name }) => `${type} ${name}`),
    ['platform node', ...MODELS.map((id) => `machine-learning-model ${id}`)],
  )
})

test('verify: a file that was changed is named, and no model is loaded', { skip: notMade }, async () => {
  await appendFile(join(home, 'src/errors.ts'), '\n')
  const failed = spawnSync(join(home, 'onelabel'), ['verify'], { cwd: empty, env: { PATH: bin }, encoding: 'utf8' })
  assert.equal(failed.status, 1)
  assert.equal(failed.stdout, 'src/errors.ts: FAILED\n')
})
