/** Jobs of studies that came from a PACS: who may see the studies may read them, and nobody but their source changes them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestService, type TestService } from './fixtures/service.ts'

let service: TestService
let job: string
before(async () => {
  service = await startTestService({}, (req, res, next) => {
    res.locals['owner'] = req.get('x-owner')
    res.locals['scopes'] = req.get('x-scopes')?.split(' ')
    next()
  })
  job = await send('pacs:gateway')
})
after(() => service.close())

async function send(owner: string): Promise<string> {
  const body = new FormData()
  body.set('t1', new Blob(['scan']))
  const headers = { 'X-Owner': owner, 'X-Scopes': 'submit' }
  return (await fetch(`${service.base}/v1/segmentations`, { method: 'POST', body, headers })).headers.get('location')!
}

async function status(path: string, scopes: string, method = 'GET'): Promise<number> {
  const headers = { 'X-Owner': 'key:reader', 'X-Scopes': scopes, 'Content-Type': 'application/gzip' }
  return (await fetch(service.base + path, { method, headers, ...(method === 'PUT' && { body: 'map' }) })).status
}

test('with the scope pacs they are read, with everything that was made', async () => {
  for (const scopes of ['submit pacs', 'admin']) {
    for (const path of [job, `${job}/labels`, `${job}/events`]) assert.equal(await status(path, scopes), 200, path)
  }
})

test('without it they are not there, and neither are the jobs of another key with it', async () => {
  assert.equal(await status(job, 'submit'), 404)
  assert.equal(await status(await send('key:other'), 'submit pacs'), 404)
  assert.equal(await status(await send('key:pacs'), 'submit pacs'), 404)
})

test('nobody else changes them', async () => {
  assert.equal(await status(job, 'submit pacs', 'DELETE'), 404)
  assert.equal(await status(`${job}/correction`, 'submit pacs', 'PUT'), 404)
  assert.equal(await status(job, 'submit pacs'), 200)
})
