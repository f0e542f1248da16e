/**
 * Uploads that are broken off or never end, against the real process: nothing of them is left, neither file nor descriptor
 * nor place in the queue.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { descriptorsOf, procMissing, type RealService, startRealService } from '../fixtures/real-service.ts'
import { until } from '../fixtures/service.ts'
import { makeTinyModel, tinyScan } from '../fixtures/tiny-model.ts'

const skip = procMissing
/** The time limit of a service for these uploads alone, so short that the test need not wait for long. */
const HASTY_S = '1'
const CUTS = 30
const SLOW_AT_ONCE = 10
/** 216 KB. */
const SCAN = tinyScan(48)
const PATH = '/v1/segmentations'

let folder: string
let service: RealService
let hasty: RealService
before(async () => {
  if (skip !== false) return
  folder = mkdtempSync(join(tmpdir(), 'onelabel-cut-'))
  await makeTinyModel(join(folder, 'models'))
  // They take uploads as role `all` does, and no compute process takes time from the test.
  const common = { ONELABEL_ROLE: 'api', ONELABEL_MODELS_DIR: join(folder, 'models') }
  service = await startRealService({ ...common, ONELABEL_DATA_DIR: join(folder, 'data') })
  const ofHasty = { ONELABEL_DATA_DIR: join(folder, 'hasty'), ONELABEL_UPLOAD_TIMEOUT_S: HASTY_S }
  hasty = await startRealService({ ...common, ...ofHasty })
  for (const one of [service, hasty]) await one.ready()
  assert.match(await tellTo('raw', UPLOADS.raw().length), /^HTTP\/1\.1 202 /, 'an upload that is not cut is taken')
})
after(async () => {
  for (const one of [service, hasty]) await one?.end('SIGKILL')
  if (folder !== undefined) rmSync(folder, { recursive: true })
})

function message(path: string, headers: readonly string[], body: Buffer): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    'Prefer: respond-async',
    ...headers,
    '',
    '',
  ]
  return Buffer.concat([Buffer.from(head.join('\r\n')), body])
}

const FORM = Buffer.concat([
  Buffer.from('--b\r\nContent-Disposition: form-data; name="t1"; filename="a"\r\n\r\n'),
  SCAN,
  Buffer.from('\r\n--b--\r\n'),
])

function multipart(body = FORM, ...headers: readonly string[]): Buffer {
  const type = 'Content-Type: multipart/form-data; boundary=b'
  return message(PATH, [type, `Content-Length: ${body.length}`, ...headers], body)
}

const RAW = `${PATH}?channel=t1`
const OCTETS = 'Content-Type: application/octet-stream'
const UPLOADS = {
  multipart: () => multipart(),
  /** As long as it was. */
  encoded: () => multipart(gzipSync(FORM, { level: 0 }), 'Content-Encoding: gzip'),
  raw: () => message(RAW, [OCTETS, `Content-Length: ${SCAN.length}`], SCAN),
  chunked() {
    const chunks = Buffer.concat([Buffer.from(`${SCAN.length.toString(16)}\r\n`), SCAN, Buffer.from('\r\n0\r\n\r\n')])
    return message(RAW, [OCTETS, 'Transfer-Encoding: chunked'], chunks)
  },
}
type Way = keyof typeof UPLOADS
const WAYS = Object.keys(UPLOADS) as Way[]

/** How a client goes away: it closes, it resets, it closes its side and still listens. */
const ENDS = {
  closed: (socket: Socket) => void socket.destroy(),
  reset: (socket: Socket) => void socket.resetAndDestroy(),
  'half closed': (socket: Socket) => void socket.end(),
}

function open(port = service.port): { socket: Socket; closed: Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.on('error', () => {})
  return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve(answer))) }
}

/** Sends so many bytes of the upload and waits for the service to close. */
async function tellTo(way: Way, bytes: number): Promise<string> {
  const { socket, closed } = open()
  socket.write(UPLOADS[way]().subarray(0, bytes))
  return closed
}

/** @param when it goes: at once, or when the service has begun to write what it sent */
async function cut(way: Way, how: keyof typeof ENDS, bytes: number, when: 'at once' | 'under way'): Promise<string> {
  const { socket, closed } = open()
  await once(socket, 'connect')
  socket.write(UPLOADS[way]().subarray(0, bytes))
  if (when === 'under way') await until(() => incoming().length > 0)
  ENDS[how](socket)
  return closed
}

/** Park and Miller 1988: the same cuts in every run. */
function randoms(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const incoming = () => readdirSync(join(folder, 'data/incoming'))
const jobs = () => readdirSync(join(folder, 'data/blobs'))

test('an upload cut while it is written, in every way there is: no file, no descriptor and no job is left', {
  skip,
}, async () => {
  const [openBefore, jobsBefore] = [descriptorsOf(service.pid), jobs()]
  for (const way of WAYS) {
    for (const how of Object.keys(ENDS) as (keyof typeof ENDS)[]) {
      const answer = await cut(way, how, Math.floor(UPLOADS[way]().length / 2), 'under way')
      assert.doesNotMatch(answer, /^HTTP\/1\.1 (2|5)/)
      await until(() => incoming().length === 0)
    }
  }
  await until(() => descriptorsOf(service.pid) <= openBefore)
  assert.deepEqual(jobs(), jobsBefore)
})

test(`${CUTS} uploads cut at random places: no file, no descriptor and no job is left`, { skip }, async (t) => {
  const random = randoms(20)
  const [openBefore, jobsBefore] = [descriptorsOf(service.pid), jobs()]
  const cuts = Array.from({ length: CUTS }, (_, n) => {
    const way = WAYS[n % WAYS.length]!
    const how = (Object.keys(ENDS) as (keyof typeof ENDS)[])[Math.floor(n / WAYS.length) % 3]!
    return { way, how, bytes: Math.floor(random() * UPLOADS[way]().length), when: 'at once' } as const
  })
  for (let n = 0; n < cuts.length; n += 5) {
    const some = cuts.slice(n, n + 5).map(({ way, how, bytes, when }) => cut(way, how, bytes, when))
    for (const answer of await Promise.all(some)) assert.doesNotMatch(answer, /^HTTP\/1\.1 (2|5)/)
  }
  await until(() => incoming().length === 0)
  await until(() => descriptorsOf(service.pid) <= openBefore)
  assert.deepEqual(jobs(), jobsBefore)
  t.diagnostic(`${openBefore} descriptors before and after`)
})

const SLOW: Readonly<Record<string, () => Buffer>> = {
  'not a single byte': () => Buffer.alloc(0),
  'half a header, then trickle': () => Buffer.from(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nX-Long: `),
  'half a multipart body, then trickle': () => multipart().subarray(0, 100_000),
  'half a gzipped body, then trickle': () => UPLOADS.encoded().subarray(0, 100_000),
  'half a raw body, then trickle': () => UPLOADS.raw().subarray(0, 100_000),
  'half a chunk, then trickle': () => UPLOADS.chunked().subarray(0, 100_000),
}
for (const [what, start] of Object.entries(SLOW)) {
  test(`${SLOW_AT_ONCE} clients send ${what}: all are cut with 408, nothing is left`, { skip }, async () => {
    const openBefore = descriptorsOf(hasty.pid)
    const clients = Array.from({ length: SLOW_AT_ONCE }, () => open(hasty.port))
    const isSilent = start().length === 0
    for (const { socket } of clients) socket.write(start())
    const drip = setInterval(() => {
      for (const { socket } of isSilent ? [] : clients) if (socket.writable) socket.write('x')
    }, 100)
    const answers = await Promise.all(clients.map(({ closed }) => closed)).finally(() => clearInterval(drip))
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 /)
    await until(() => readdirSync(join(folder, 'hasty/incoming')).length === 0)
    await until(() => descriptorsOf(hasty.pid) <= openBefore)
  })
}

test('all places are free again: an upload is taken, and the service ends with 0', { skip }, async () => {
  assert.match(await tellTo('multipart', multipart().length), /^HTTP\/1\.1 202 /)
  assert.equal(await service.end('SIGTERM'), 0)
})
