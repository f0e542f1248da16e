/** Starts that would expose too much, and starts that ask for keys: the real process on real addresses. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { newKey } from '../src/security/keys.ts'
import { makeCertificate, noOpenssl } from './fixtures/certificate.ts'
import { until } from './fixtures/service.ts'
import { makeTinyModel, tinyScan } from './fixtures/tiny-model.ts'

const MAIN = resolve(import.meta.dirname, '../src/main.ts')

let folder: string
const running: ChildProcess[] = []
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-exposure-'))
  await makeTinyModel(join(folder, 'models'))
})
after(async () => {
  for (const service of running) await kill(service)
  rmSync(folder, { recursive: true })
})

/** A process that a signal ended has no exit code. */
async function kill(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return
  service.kill('SIGKILL')
  await once(service, 'exit')
}

function start(environment: Record<string, string>) {
  const { PATH = '' } = process.env
  const env = {
    PATH,
    ONELABEL_PORT: '0',
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_DEVICE: 'cpu',
    ...environment,
  }
  const service = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(service)
  let stderr = ''
  service.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return { service, stderr: () => stderr }
}

/** Lines of the log up to the one that says the port, which it is. */
async function portOf(service: ChildProcess): Promise<{ port: number; lines: string[] }> {
  const lines: string[] = []
  for await (const line of createInterface({ input: service.stdout! })) {
    lines.push(line)
    const { msg, port } = JSON.parse(line) as { msg: string; port: number }
    if (msg !== 'listening') continue
    service.stdout!.resume()
    return { port, lines }
  }
  throw new Error(`it ended: ${lines.join()}`)
}

test('every address without keys, half a TLS setting, half a JWT setting: all named on stderr, exit 1', {}, async () => {
  const half = { ONELABEL_TLS_CERT: '/none.pem', ONELABEL_JWT_AUDIENCE: 'a' }
  const { service, stderr } = start({ ONELABEL_HOST: '0.0.0.0', ...half })
  const [code] = await once(service, 'close')
  assert.equal(code, 1)
  for (const name of ['ONELABEL_HOST', 'ONELABEL_TLS_CERT', 'ONELABEL_JWT_ISSUER']) {
    assert.match(stderr(), new RegExp(`^${name}: `, 'm'))
  }
})

test('every address with ONELABEL_ALLOW_ANONYMOUS=1 starts, and the log warns', async () => {
  const { service } = start({ ONELABEL_HOST: '0.0.0.0', ONELABEL_ALLOW_ANONYMOUS: '1' })
  const { port, lines } = await portOf(service)
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/models`)).status, 200)
  // As nobody is told from anybody, nobody has jobs of his own.
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/segmentations`)).status, 403)
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/cohorts/a.csv`)).status, 403)
  assert.match(lines.join('\n'), /"level":"warn".*ONELABEL_ALLOW_ANONYMOUS/)
  await kill(service)
})

test('over TLS with a file of keys: 401, the map for the key, a new key without a restart, an audit line', {
  skip: noOpenssl,
}, async () => {
  const { cert, key: tlsKey } = makeCertificate(folder)
  const keysFile = join(folder, 'keys')
  const [first, second] = ['a', 'b'].map((id) => newKey(id, randomBytes(32), { scopes: ['submit'] }))
  writeFileSync(keysFile, first!.line)
  const tls = { ONELABEL_TLS_CERT: cert, ONELABEL_TLS_KEY: tlsKey }
  const dataDir = join(folder, 'data-tls')
  const { service } = start({ ONELABEL_KEYS_FILE: keysFile, ONELABEL_DATA_DIR: dataDir, ...tls })
  const { port } = await portOf(service)

  async function ask(path: string, bearer?: string, body?: Buffer): Promise<number> {
    const headers = {
      ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
      ...(body !== undefined && { 'Content-Type': 'application/octet-stream' }),
    }
    const method = body === undefined ? 'GET' : 'POST'
    const request = httpsRequest({
      host: '127.0.0.1',
      port,
      path,
      method,
      headers,
      ca: readFileSync(cert),
      agent: false,
    })
    request.end(body)
    const [response] = await once(request, 'response')
    response.resume()
    await once(response, 'end')
    return response.statusCode
  }
  /** The same question until it is answered so: models load and files are polled. */
  const askUntil = (status: number, ...question: Parameters<typeof ask>) =>
    until(async () => (await ask(...question)) === status)

  await askUntil(200, '/readyz')
  const scans = '/v1/segmentations?channel=t1'
  assert.equal(await ask(scans, undefined, tinyScan(24)), 401)
  assert.equal(await ask('/metrics', first!.key), 403)
  assert.equal(await ask(scans, first!.key, tinyScan(24)), 200)
  assert.equal(await ask('/v1/models', second!.key), 401)
  writeFileSync(keysFile, second!.line)
  await askUntil(401, '/v1/models', first!.key)
  assert.equal(await ask('/v1/models', second!.key), 200)
  const env = { ...process.env, ONELABEL_DATA_DIR: dataDir }
  const cli = join(import.meta.dirname, '../src/cli.ts')
  /** The line is written soon after the end: an effect of it. */
  async function exported(): Promise<string> {
    for (;;) {
      const text = execFileSync(process.execPath, [cli, 'audit', 'export'], { env, encoding: 'utf8' })
      if (text !== '') return text
      await new Promise((r) => setTimeout(r, 100))
    }
  }
  const text = await exported()
  assert.match(text, /^\{[^\n]*"owner":"key:a"[^\n]*"state":"succeeded"[^\n]*\}\n$/)
  const auditHash = createHash('sha256').update(text.trimEnd()).digest('hex')
  const verified = execFileSync(process.execPath, [cli, 'audit', 'verify', '--expect', auditHash], {
    env,
    encoding: 'utf8',
  })
  assert.match(verified, /^1 lines, the last of /)
})

test('a file of keys that was replaced behind its mount makes the service not ready, with the reason', {
  skip: existsSync('/proc/self/fd') ? false : 'no /proc to reach a file that was deleted',
}, async () => {
  const keysFile = join(folder, 'mounted-keys')
  writeFileSync(keysFile, newKey('a', randomBytes(32), { scopes: ['submit'] }).line)
  const descriptor = openSync(keysFile, 'r')
  // As a mount of the file alone: a path that leads to the inode and not to the name.
  const mounted = `/proc/${process.pid}/fd/${descriptor}`
  const dataDir = join(folder, 'data-mounted')
  const { service } = start({
    ONELABEL_KEYS_FILE: mounted,
    ONELABEL_DATA_DIR: dataDir,
    ONELABEL_MIN_FREE_BYTES: '0',
  })
  const { port } = await portOf(service)
  const reasons = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
    return ((await answer.json()) as { reasons: string[] }).reasons.join()
  }
  async function reasonsUntil(expected: RegExp): Promise<void> {
    const deadlineMs = Date.now() + 60_000
    for (let found = await reasons(); !expected.test(found); found = await reasons()) {
      assert.ok(Date.now() < deadlineMs, `not ready because of: ${found}`)
      await new Promise((r) => setTimeout(r, 100))
    }
  }

  await reasonsUntil(/^$/)
  writeFileSync(`${keysFile}.new`, '')
  renameSync(`${keysFile}.new`, keysFile)
  await reasonsUntil(/^ONELABEL_KEYS_FILE: .*mount its folder$/)
  await kill(service)
  closeSync(descriptor)
})
