/** Starts that must not succeed: each says why, ends with 1, leaves no process and touches nothing of others. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { makeTinyModel } from './fixtures/tiny-model.ts'

const MAIN = resolve(import.meta.dirname, '../src/main.ts')

let folder: string
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-startup-'))
  await makeTinyModel(join(folder, 'models'))
})
after(() => rmSync(folder, { recursive: true }))

/** Starts the service with a free port, a data folder and a model unless said otherwise; resolves when it has ended. */
async function start(environment: Record<string, string>) {
  const { PATH = '' } = process.env
  const defaults = {
    ONELABEL_PORT: '0',
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
  }
  const env = { PATH, ...defaults, ...environment }
  const service = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    service[stream].on('data', (chunk) => {
      said[stream] += chunk
    })
  }
  const [code] = await once(service, 'close') // of its pipes too, which its compute process would hold open
  return { code, ...said }
}

test('wrong settings: all are named on stderr', async () => {
  const { code, stderr } = await start({ ONELABEL_PORT: 'http', ONELABEL_DEVICE: 'gpu', ONELABEL_COLOUR: 'red' })
  assert.equal(code, 1)
  for (const name of ['ONELABEL_PORT', 'ONELABEL_DEVICE', 'ONELABEL_COLOUR']) assert.ok(stderr.includes(`${name}: `))
})

test('a data folder that cannot be used is said in one line', async () => {
  const { code, stderr } = await start({ ONELABEL_DATA_DIR: join(folder, 'models/tiny/card.json') })
  assert.equal(code, 1)
  assert.match(stderr, /^ONELABEL_DATA_DIR: cannot be used \(ENOTDIR\), found ".*"\n$/)
})

test('a folder without models is said in one line', async () => {
  const { code, stderr } = await start({ ONELABEL_MODELS_DIR: folder })
  assert.equal(code, 1)
  assert.match(stderr, /^ONELABEL_MODELS_DIR: .*no model/)
})

test('a port that is taken is named, and what the service that has it receives stays', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const upload = join(folder, 'data/incoming/11111111-1111-4111-8111-111111111111')
  mkdirSync(upload, { recursive: true })
  utimesSync(upload, 0, 0)
  const { code, stdout } = await start({ ONELABEL_PORT: String(port) })
  other.close()
  assert.equal(code, 1)
  assert.match(stdout, new RegExp(`EADDRINUSE.*"port":${port}.*cannot listen`))
  assert.ok(existsSync(upload))
})

test('what is wrong with the PACS configuration is told at the start, all of it', async () => {
  const path = join(folder, 'pacs.json')
  const peer = { name: 'far', kind: 'stow', url: 'https://pacs.example', tls: { caFile: 'none.pem' } }
  const rule = { name: 'brain', model: 'none', require: ['t1'], to: ['far'] }
  writeFileSync(
    path,
    JSON.stringify({ destinations: [peer], rules: [rule, { ...rule, name: 'b', model: 'tiny', require: ['t9'] }] }),
  )
  const { code, stderr } = await start({ ONELABEL_PACS_CONFIG: path })
  assert.equal(code, 1)
  const lines = stderr.trim().split('\n')
  assert.equal(lines.length, 3)
  assert.match(lines[0]!, /^ONELABEL_PACS_CONFIG: rules\[0\]\.model: there is no model none; there are: tiny$/)
  assert.match(lines[1]!, /^ONELABEL_PACS_CONFIG: rules\[1\]: tiny has no channel t9; it has /)
  assert.match(lines[2]!, /^ONELABEL_PACS_CONFIG: far and we do not agree on TLS; .*\(tls-failed, ENOENT\)$/)
})
