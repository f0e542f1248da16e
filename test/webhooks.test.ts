/** What a receiver of webhooks is told of jobs by the whole service, and what it can do to the service: nothing. */
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import type { Effect } from '../src/store/effect-store.ts'
import { freePort } from './fixtures/free-port.ts'
import { startGuardedService } from './fixtures/guarded.ts'
import { startTestService, type TestService, until } from './fixtures/service.ts'
import { startReceiver } from './fixtures/webhook-receiver.ts'

const KEY = randomBytes(32)
const SECRET = `whsec_${KEY.toString('base64')}`

async function serviceTelling(t: TestContext, origin: string): Promise<TestService> {
  const service = await startTestService({ webhookUrl: `${origin}/hook?token=hunter2`, webhookSecret: SECRET })
  t.after(() => service.close())
  return service
}

async function segment({ base }: TestService): Promise<string> {
  const body = new FormData()
  body.set('t1', new Blob(['scan']), 'a.nii')
  const answer = await fetch(`${base}/v1/segmentations`, { method: 'POST', body })
  assert.equal(answer.status, 200)
  return answer.headers.get('location')!.split('/').at(-1)!
}

/** The effect of that kind, once this is true of it. */
async function effectOf(service: TestService, jobId: string, kind: string, isSo: (effect: Effect) => boolean) {
  let found: Effect | undefined
  await until(async () => {
    found = (await service.store.effects.ofJob(jobId)).find((effect) => effect.kind === kind)
    return found !== undefined && isSo(found)
  })
  return found!
}
const isDone = ({ state }: Effect) => state === 'sent' || state === 'verified'

test('the end of a job is told once, signed, and is the document of the job', async (t) => {
  const { origin, received } = await startReceiver(t)
  const service = await serviceTelling(t, origin)
  const id = await segment(service)
  const { state, tries, key } = await effectOf(service, id, 'webhook', isDone)
  assert.deepEqual([state, tries, received.length], ['sent', 1, 1])
  const [{ headers, body, path }] = received as [(typeof received)[0]]
  assert.equal(path, '/hook?token=hunter2')
  assert.equal(headers['webhook-id'], key)
  const signed = `${key}.${headers['webhook-timestamp']}.${body}`
  assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`)
  assert.deepEqual(JSON.parse(body), await (await fetch(`${service.base}/v1/segmentations/${id}`)).json())
  assert.ok(!service.logLines.join('\n').includes('hunter2'))
})

test('a receiver that answers 500 is told again, under the same id, until it takes it', async (t) => {
  let answers = 0
  const answer = (res: ServerResponse) => void res.writeHead(++answers < 3 ? 500 : 200).end()
  const { origin, received } = await startReceiver(t, { answer })
  const service = await serviceTelling(t, origin)
  const { tries, key } = await effectOf(service, await segment(service), 'webhook', isDone)
  assert.deepEqual([tries, received.map(({ headers }) => headers['webhook-id'])], [3, [key, key, key]])
})

test('a receiver that is down is told when it is back', async (t) => {
  const port = await freePort()
  const service = await serviceTelling(t, `http://127.0.0.1:${port}`)
  const id = await segment(service)
  const waiting = await effectOf(service, id, 'webhook', ({ tries, state }) => tries >= 1 && state === 'pending')
  assert.match(waiting.lastError ?? '', /cannot be reached \(ECONNREFUSED\)/)
  const { received } = await startReceiver(t, { port })
  await effectOf(service, id, 'webhook', isDone)
  assert.equal(received.length, 1)
})

test('a receiver that never answers holds up nothing else', async (t) => {
  const { origin, received } = await startReceiver(t, { answer: () => {} })
  const service = await serviceTelling(t, origin)
  const ids = [await segment(service), await segment(service), await segment(service)]
  await until(() => received.length === 2) // as many at a time as one target is given
  for (const id of ids) {
    for (const kind of ['audit', 'blobs']) await effectOf(service, id, kind, isDone)
    assert.ok(!isDone(await effectOf(service, id, 'webhook', () => true)))
  }
})

test('a receiver that redirects is dead with its reason, the other host hears nothing, and a retry is taken', async (t) => {
  const elsewhere = await startReceiver(t)
  let isMended = false
  const answer = (res: ServerResponse) =>
    void (isMended ? res.writeHead(204) : res.writeHead(307, { Location: `${elsewhere.origin}/private` })).end()
  const { origin } = await startReceiver(t, { answer })
  const service = await serviceTelling(t, origin)
  const id = await segment(service)
  const dead = await effectOf(service, id, 'webhook', ({ state }) => state === 'dead')
  assert.match(dead.lastError ?? '', /answered 307, and redirects are not followed/)
  const listed = (await (await fetch(`${service.base}/v1/effects?state=dead`)).json()) as { effects: { id: string }[] }
  assert.deepEqual(
    listed.effects.map((effect) => effect.id),
    [dead.id],
  )
  isMended = true
  assert.equal((await fetch(`${service.base}/v1/effects/${dead.id}:retry`, { method: 'POST' })).status, 200)
  await effectOf(service, id, 'webhook', isDone)
  assert.equal(elsewhere.received.length, 0)
})

test('a callback needs its scope and a host that the operator allows; what is refused leaves no job', async (t) => {
  const service = await startGuardedService({ webhookSecret: SECRET, callbackHosts: 'hooks.example.org' })
  t.after(() => service.close())
  const keys = {
    may: await service.addKey('may', ['submit', 'callback']),
    not: await service.addKey('not', ['submit']),
  }
  async function post(key: string, callback: string): Promise<readonly [number, string]> {
    const body = new FormData()
    body.set('t1', new Blob(['scan']), 'a.nii')
    body.set('callback', callback)
    const headers = { Authorization: `Bearer ${key}`, Prefer: 'respond-async' }
    const answer = await fetch(`${service.inner.base}/v1/segmentations`, { method: 'POST', headers, body })
    return [answer.status, ((await answer.json()) as { code?: string }).code ?? 'none']
  }
  assert.deepEqual(await post(keys.not, 'https://hooks.example.org/x'), [403, 'forbidden'])
  for (const wrong of ['http://hooks.example.org/x', 'https://other.example.org/x', 'https://127.0.0.1/x', 'x']) {
    assert.deepEqual(await post(keys.may, wrong), [422, 'callback-refused'])
  }
  const { queued, running } = await service.inner.counts()
  assert.equal(queued + running, 0)
  assert.deepEqual(await post(keys.may, 'https://hooks.example.org/x'), [202, 'none'])
})
