/** A service that is killed with work in its queue: the next start on the same folder owes every job its result. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { createGate } from '../fixtures/gate.ts'
import { type RealService, startRealService } from '../fixtures/real-service.ts'
import { until } from '../fixtures/service.ts'
import { readEvents, type Told } from '../fixtures/sse.ts'
import { makeTinyModel, tinyHead, tinyScan } from '../fixtures/tiny-model.ts'

const JOBS = 21
const EDGE = 24
const LONG_EDGE = 48
const LEASE_S = 2
const gate = createGate()

let folder: string
const services: RealService[] = []
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-restart-'))
  await makeTinyModel(join(folder, 'models'))
})
after(async () => {
  for (const service of services) await service.end('SIGKILL')
  gate.remove()
  rmSync(folder, { recursive: true })
})

/** @param role 'api' shows how jobs stand, and computes none */
async function start(role: 'all' | 'api' = 'all'): Promise<RealService> {
  const service = await startRealService({
    ...gate.env,
    ONELABEL_ROLE: role,
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_QUEUE_LENGTH: '100',
    ONELABEL_LEASE_S: String(LEASE_S),
    ONELABEL_CACHE: '0',
  })
  services.push(service)
  return service
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

/** All that is told from there to the end; `onTold` hears each at once. */
async function toldSince(base: string, location: string, id: number, onTold: (one: Told) => void) {
  const told: Told[] = []
  const events = await listen(base, location, String(id))
  for (let next = await events.next(); next !== undefined; next = await events.next()) {
    told.push(next)
    onTold(next)
  }
  return told
}

test(`SIGKILL with 1 running and ${JOBS - 1} waiting jobs: after the next start all have their one right result, and events go on`, async () => {
  const first = await start()
  const locations = [await post(first.base, LONG_EDGE)]
  while (locations.length < JOBS) locations.push(await post(first.base, EDGE))
  await until(async () => (await seen(first.base, locations[0]!)).progress.done >= 1)
  const followed = [0, JOBS - 1].map((index) => locations[index]!)
  const last: Told[] = []
  for (const location of followed) last.push((await (await listen(first.base, location)).next())!)
  assert.deepEqual(
    last.map(({ state }) => state),
    ['running', 'queued'],
  )
  await first.end('SIGKILL')

  const onlooker = await start('api')
  const states = await Promise.all(locations.map((location) => seen(onlooker.base, location)))
  assert.deepEqual(
    states.map(({ state }) => state),
    ['running', ...Array.from({ length: JOBS - 1 }, () => 'queued')],
  )
  assert.ok(states[0]!.progress.done >= 1, 'how far it was is kept')
  assert.equal(await onlooker.end('SIGTERM'), 0)

  const second = await start()
  // It is held until somebody was told that it runs again.
  const since = followed.map((location, n) =>
    toldSince(second.base, location, last[n]!.id, ({ state }) => n === 0 && state === 'running' && gate.open()),
  )
  for (const [index, location] of locations.entries()) {
    await until(async () => {
      const { state } = await seen(second.base, location)
      assert.ok(['queued', 'running', 'succeeded'].includes(state), `job ${index} is ${state}`)
      return state === 'succeeded'
    })
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
    // The stream of the second job may report all states at once.
    if (n === 0) assert.ok(states.includes('running'), `${states}`)
  }
  const ids = locations.map((location) => location.split('/').at(-1)!)
  assert.deepEqual(readdirSync(join(folder, 'data/blobs')).sort(), ids.sort())
  for (const id of ids) {
    const kinds = readdirSync(join(folder, 'data/blobs', id)).map((name) => name.split('-')[0])
    assert.deepEqual(kinds, ['labels'], 'one label map, no scan')
  }
  assert.equal(await second.end('SIGTERM'), 0)
})
