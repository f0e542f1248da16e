import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import express, { type ErrorRequestHandler } from 'express'
import { type OneJob, oneJob } from '../../test/fixtures/one-job.ts'
import { until } from '../../test/fixtures/service.ts'
import { readEvents } from '../../test/fixtures/sse.ts'
import { FAULTS, type FaultError } from '../errors.ts'
import type { JobEvent } from '../store/job.ts'
import { createEvents } from './events.ts'

async function serve(jobs: OneJob, maxEventStreams = 10, maxOwnerStreams = 10) {
  const stopped = new AbortController()
  const limits = { maxEventStreams, maxOwnerStreams }
  const events = createEvents({ store: jobs.store, ...limits, basePath: '', stopped: stopped.signal })(async (req) => ({
    ...jobs.current(),
    owner: req.get('x-owner') ?? '',
  }))
  const refused: ErrorRequestHandler = (error: FaultError, _req, res, _next) => {
    res.status(FAULTS[error.fault.kind].status).end()
  }
  const server = createServer(express().get('/', events).use(refused)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    stopped,
    /** The status of one more stream of this owner, which is closed at once. */
    async statusFor(owner: string): Promise<number> {
      const { status, body } = await fetch(base, { headers: { 'X-Owner': owner } })
      await body?.cancel()
      return status
    },
    async open(lastEventId?: number, owner = '') {
      const leave = new AbortController()
      const headers: Record<string, string> = {
        ...(lastEventId !== undefined && { 'Last-Event-ID': String(lastEventId) }),
        'X-Owner': owner,
      }
      const response = await fetch(base, { headers, signal: leave.signal })
      return { leave: () => leave.abort(), ...readEvents(response) }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}

const patch = (done: number): JobEvent => ({
  type: 'progress',
  progress: { stage: 'infer', done, total: 8, inferSeconds: 4 * done },
})

test('every change is told under its number, with the state where that is new, and the end closes the stream', async () => {
  const jobs = oneJob()
  const service = await serve(jobs)
  const stream = await service.open()
  assert.deepEqual(await stream.next(), { name: 'state', id: 1, state: 'queued', done: 0, secondsLeft: null })
  jobs.happen({ type: 'start' })
  assert.deepEqual(await stream.next(), { name: 'state', id: 2, state: 'running', done: 0, secondsLeft: null })
  jobs.happen(patch(3))
  // 3 of 8 patches in 12 s.
  assert.deepEqual(await stream.next(), { name: 'progress', id: 3, state: 'running', done: 3, secondsLeft: 20 })
  jobs.happen({ type: 'cancel' })
  assert.deepEqual(await stream.next(), { name: 'state', id: 4, state: 'cancelled', done: 3, secondsLeft: null })
  assert.equal(await stream.next(), undefined)
  assert.equal(jobs.listeners.size, 0)
  await service.close()
})

test('what another process changes is seen without being told', async () => {
  const jobs = oneJob()
  const service = await serve(jobs)
  const stream = await service.open()
  await stream.next()
  jobs.happen({ type: 'start' }, false)
  assert.equal((await stream.next())?.state, 'running')
  jobs.happen({ type: 'cancel' })
  await stream.whole()
  await service.close()
})

test('a second attempt at a job is a new state, though it runs as before', async () => {
  const jobs = oneJob()
  const service = await serve(jobs)
  jobs.happen({ type: 'start' })
  const stream = await service.open()
  await stream.next()
  jobs.happen({ type: 'requeue' }, false)
  jobs.happen({ type: 'start' })
  assert.deepEqual(await stream.next(), { name: 'state', id: 4, state: 'running', done: 0, secondsLeft: null })
  jobs.happen({ type: 'cancel' })
  await stream.whole()
  await service.close()
})

test('who comes back is told what it missed at once, and what it saw not again', async () => {
  const jobs = oneJob()
  const service = await serve(jobs)
  jobs.happen({ type: 'start' })
  jobs.happen(patch(1))
  assert.equal((await (await service.open(2)).next())?.id, 3)
  const seen = await service.open(3)
  jobs.happen(patch(2))
  assert.equal((await seen.next())?.id, 4)
  const ahead = await service.open(99)
  jobs.happen({ type: 'cancel' })
  assert.deepEqual([(await ahead.next())?.state, await ahead.next()], ['cancelled', undefined])
  await service.close()
})

test('a client that goes away leaves no listener, no timer and its place to another', async () => {
  const jobs = oneJob()
  const service = await serve(jobs, 1)
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const stream = await service.open()
  await stream.next()
  await until(() => jobs.listeners.size === 1)
  stream.leave()
  await until(() => jobs.listeners.size === 0)
  await until(() => timers() <= before)
  const next = await service.open()
  assert.equal((await next.next())?.id, 1)
  next.leave()
  await service.close()
})

test('a job that is removed ends the stream', async () => {
  const jobs = oneJob()
  const service = await serve(jobs)
  const stream = await service.open()
  await stream.next()
  jobs.forget()
  assert.equal(await stream.next(), undefined)
  await service.close()
})

test('a service that stops ends its streams with a comment', async () => {
  const jobs = oneJob()
  const service = await serve(jobs)
  const stream = await service.open()
  await stream.next()
  service.stopped.abort()
  assert.match(
    await stream.whole(),
    /\n\n: the service is stopping; come back\n\n$|^: the service is stopping; come back\n\n$/,
  )
  assert.equal(jobs.listeners.size, 0)
  await service.close()
})

test('one owner cannot take every stream; whoever else comes has one, until all are taken', async () => {
  const jobs = oneJob()
  const service = await serve(jobs, 4, 2)
  const theirs = [await service.open(undefined, 'key:a'), await service.open(undefined, 'key:a')]
  for (const stream of theirs) await stream.next()
  assert.equal(await service.statusFor('key:a'), 503)
  const others = [await service.open(undefined, 'key:b'), await service.open(undefined, 'key:c')]
  for (const stream of others) await stream.next()
  assert.equal(await service.statusFor('key:d'), 503)
  theirs[0]!.leave()
  await until(async () => (await service.statusFor('key:a')) === 200)
  jobs.happen({ type: 'cancel' })
  await service.close()
})
