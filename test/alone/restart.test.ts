/** A service that is killed with work in its queue: the next start on the same folder owes every job its result. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { readEvents, type Told } from '../fixtures/sse.ts'
import { makeTinyModel, tinyHead, tinyScan } from '../fixtures/tiny-model.ts'

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')
const JOBS = 21
const EDGE = 24
const LONG_EDGE = 48
const LEASE_S = 2

let folder: string
const services: ChildProcess[] = []
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-restart-'))
  await makeTinyModel(join(folder, 'models'), { slowMatMuls: 10 })
})
after(() => {
  for (const service of services) service.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function start(): Promise<{ service: ChildProcess; base: string }> {
  const { PATH = '' } = process.env
  const env = {
    PATH,
    ONELABEL_PORT: '0',
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_DEVICE: 'cpu',
    ONELABEL_QUEUE_LENGTH: '100',
    ONELABEL_LEASE_S: String(LEASE_S),
    ONELABEL_CACHE: '0',
    ONELABEL_MIN_FREE_BYTES: '0',
  }
  const service = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  services.push(service)
  const listening = Promise.withResolvers<number>()
  createInterface({ input: service.stdout }).on('line', (line) => {
    const { msg, port } = JSON.parse(line) as { msg?: string; port?: number }
    if (msg === 'listening' && port !== undefined) listening.resolve(port)
  })
  return { service, base: `http://127.0.0.1:${await listening.promise}` }
}

async function post(base: string, edge: number): Promise<string> {
  const body = new FormData()
  body.set('t1', new Blob([new Uint8Array(tinyScan(edge, { gz: true }))]), 'a.nii.gz')
  const response = await fetch(`${base}/v1/segmentations`, {
    method: 'POST',
    body,
    headers: { Prefer: 'respond-async' },
  })
  assert.equal(response.status, 202)
  return response.headers.get('location')!
}

type Seen = { readonly state: string; readonly progress: { readonly done: number } }

async function seen(base: string, location: string): Promise<Seen> {
  return (await (await fetch(base + location)).json()) as Seen
}

async function listen(base: string, location: string, lastEventId = '') {
  const response = await fetch(`${base}${location}/events`, { headers: { 'Last-Event-ID': lastEventId } })
  assert.equal(response.status, 200)
  return readEvents(response)
}

/** All that is told from there to the end. */
async function toldSince(base: string, location: string, id: number): Promise<readonly Told[]> {
  const told: Told[] = []
  const events = await listen(base, location, String(id))
  for (let next = await events.next(); next !== undefined; next = await events.next()) told.push(next)
  return told
}

test(`SIGKILL with 1 running and ${JOBS - 1} waiting jobs: after the next start all have their one right result, and events go on`, async (t) => {
  const first = await start()
  const locations = [await post(first.base, LONG_EDGE)]
  while (locations.length < JOBS) locations.push(await post(first.base, EDGE))
  for (let done = 0; done < 1; ) {
    const { state, progress } = await seen(first.base, locations[0]!)
    assert.ok(['queued', 'running'].includes(state), state)
    done = progress.done
    await pause(20)
  }
  const followed = [0, JOBS - 1].map((index) => locations[index]!)
  const last: Told[] = []
  for (const location of followed) last.push((await (await listen(first.base, location)).next())!)
  assert.deepEqual(
    last.map(({ state }) => state),
    ['running', 'queued'],
  )
  first.service.kill('SIGKILL')
  await once(first.service, 'close')

  const second = await start()
  const startedMs = Date.now()
  const since = followed.map((location, n) => toldSince(second.base, location, last[n]!.id))
  const states = await Promise.all(locations.map((location) => seen(second.base, location)))
  assert.deepEqual(
    states.map(({ state }) => state),
    ['running', ...Array.from({ length: JOBS - 1 }, () => 'queued')],
  )
  assert.ok(states[0]!.progress.done >= 1, 'how far it was is kept')
  let takenOverMs = 0
  for (const [index, location] of locations.entries()) {
    for (;;) {
      const { state } = await seen(second.base, location)
      if (state === 'succeeded') break
      assert.ok(['queued', 'running'].includes(state) && Date.now() - startedMs < 120_000, `job ${index} is ${state}`)
      await pause(50)
    }
    if (index === 0) takenOverMs = Date.now() - startedMs
    const map = gunzipSync(new Uint8Array(await (await fetch(`${second.base}${location}/labels`)).arrayBuffer()))
    const { labels } = tinyHead(index === 0 ? LONG_EDGE : EDGE)
    assert.deepEqual(new Uint8Array(map.subarray(map.length - labels.length)), labels)
  }
  for (const [n, events] of (await Promise.all(since)).entries()) {
    const ids = [last[n]!.id, ...events.map(({ id }) => id)]
    assert.ok(
      ids.every((id, i) => i === 0 || id > ids[i - 1]!),
      `told again: ${ids}`,
    )
    const states = events.map(({ state }) => state)
    assert.equal(states.at(-1), 'succeeded')
    // It goes on being computed for seconds; of the other one all may be told at once.
    if (n === 0) assert.ok(states.includes('running'), `${states}`)
  }
  t.diagnostic(`the running job was done ${takenOverMs} ms after the next start (lease ${LEASE_S} s)`)
  const ids = locations.map((location) => location.split('/').at(-1)!)
  assert.deepEqual(readdirSync(join(folder, 'data/blobs')).sort(), ids.sort())
  for (const id of ids) assert.equal(readdirSync(join(folder, 'data/blobs', id)).length, 1, 'one label map, no scan')
  second.service.kill('SIGTERM')
  const [code] = await once(second.service, 'exit')
  assert.equal(code, 0)
})
