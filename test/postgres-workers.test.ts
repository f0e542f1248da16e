/** Several worker processes on one PostgreSQL: every job has one result, whoever dies. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import type { JobStore } from '../src/store/job-store.ts'
import { openPostgresStore } from '../src/store/store.ts'
import { type Postgres, postgresMissing, startPostgres } from './fixtures/postgres.ts'

const skip = postgresMissing
const SCRIPT = join(import.meta.dirname, 'fixtures/claim-all.ts')
const ROOM = { queued: 100, perOwnerJobs: 100, perOwnerBytes: 1e9 }

let postgres: Postgres
let url: string
let store: JobStore
const children: ChildProcess[] = []
if (skip === false) {
  before(async () => {
    postgres = await startPostgres()
    url = await postgres.newDatabase()
    store = await openPostgresStore(url)
  })
  after(async () => {
    for (const child of children) child.kill('SIGKILL')
    await store?.close()
    await postgres?.close()
  })
}

/** A worker that is ready and waits for its start. */
async function worker(name: string, leaseMs: number, mode: 'work' | 'meet' | 'hang') {
  const child = spawn(process.execPath, [SCRIPT, url, name, String(leaseMs), mode], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => (await lines.next()).value as string | undefined
  assert.equal(await line(), 'ready')
  return {
    child,
    line,
    /** All lines to its end. */
    async finish(): Promise<string[]> {
      const exited = once(child, 'exit')
      const all: string[] = []
      for (let next = await line(); next !== undefined; next = await line()) all.push(next)
      assert.deepEqual(await exited, [0, null])
      return all
    },
  }
}

async function submit(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  for (const id of ids) {
    const task = { scans: { t1: `${id}/t1.nii` }, mode: 'async', options: {} } as const
    const nothing = { cacheKey: null, idempotency: null, traceparent: null, result: null }
    await store.submit({ id, owner: '', task, inputBytes: 1, ...nothing }, ROOM)
  }
  return ids
}

test('two worker processes on one PostgreSQL finish 40 jobs exactly once each', { skip }, async () => {
  const ids = await submit(40)
  const workers = await Promise.all([worker('one', 60_000, 'meet'), worker('two', 60_000, 'meet')])
  for (const { child } of workers) child.stdin.write('go')
  const [one = [], two = []] = await Promise.all(workers.map(({ finish }) => finish()))
  assert.deepEqual([...one, ...two].sort(), ids.map((id) => `${id} 1 true`).sort())
  assert.ok(one.length >= 1 && two.length >= 1, `shares ${one.length} and ${two.length}`)
  for (const id of ids) {
    const kept = await store.get(id)
    const by = one.includes(`${id} 1 true`) ? 'one' : 'two'
    assert.deepEqual([kept?.job.state, kept?.attempt, kept?.labelsKey], ['succeeded', 1, `${id}/${by}-1`])
  }
})

test('the job of a worker that is killed is done by another, once', { skip }, async () => {
  const [first = '', ...rest] = await submit(6)
  const [dying, living] = await Promise.all([worker('dying', 1_000, 'hang'), worker('living', 60_000, 'work')])
  dying.child.stdin.write('go')
  assert.equal(await dying.line(), `${first} 1 held`)
  dying.child.kill('SIGKILL')
  living.child.stdin.write('go')
  assert.deepEqual((await living.finish()).sort(), [`${first} 2 true`, ...rest.map((id) => `${id} 1 true`)].sort())
})
