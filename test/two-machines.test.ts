/** An API and two workers that share nothing but a PostgreSQL and S3-compatible storage: data folders of their own each. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { postgresMissing, startPostgres } from './fixtures/postgres.ts'
import { startS3 } from './fixtures/s3-server.ts'
import { hang, LABEL_MAP, startTestService, succeed, type TestService, until } from './fixtures/service.ts'

const skip = postgresMissing
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-of-the-storage' }
const REGION = 'eu-central-1'
const JOBS = 6
/** A third of it, after which the next heartbeat is due, is beyond all patience. */
const LEASE_MS = 24 * 3_600_000

let api: TestService
let workers: TestService[]
let s3: Awaited<ReturnType<typeof startS3>>
let databaseUrl: string
const closers: (() => unknown)[] = []
if (skip === false) {
  before(async () => {
    const postgres = await startPostgres()
    closers.push(() => postgres.close())
    s3 = await startS3('scans', KEYS, REGION)
    closers.push(() => s3.close())
    databaseUrl = await postgres.newDatabase()
    const shared = {
      databaseUrl,
      blobs: 's3://scans/one/label',
      s3Endpoint: s3.endpoint,
      s3Region: REGION,
      leaseMs: LEASE_MS,
    }
    process.env['AWS_ACCESS_KEY_ID'] = KEYS.accessKeyId
    process.env['AWS_SECRET_ACCESS_KEY'] = KEYS.secretAccessKey
    api = await startTestService({ ...shared, role: 'api' })
    workers = [
      await startTestService({ ...shared, role: 'worker' }),
      await startTestService({ ...shared, role: 'worker' }),
    ]
    for (const service of [api, ...workers]) closers.unshift(() => service.close())
  })
  after(async () => {
    for (const close of closers) await close()
  })
}

async function post(scan: string): Promise<string> {
  const body = new FormData()
  body.set('t1', new Blob([scan]), 'a.nii')
  const headers = { Prefer: 'respond-async' }
  const answer = await fetch(`${api.base}/v1/segmentations`, { method: 'POST', body, headers })
  assert.equal(answer.status, 202)
  return answer.headers.get('location')!
}

const idOf = (location: string) => location.split('/').at(-1)!

test('jobs sent to one machine are computed on two others, and their label maps come back through it', {
  skip,
}, async () => {
  const seen: string[] = []
  const began = workers.map(() => Promise.withResolvers<void>())
  for (const [index, worker] of workers.entries()) {
    worker.segment = async (task, options) => {
      seen.push(readFileSync(task.scans['t1']!, 'utf8'))
      began[index]!.resolve()
      await Promise.all(began.map(({ promise }) => promise)) // none goes on before both have one
      return succeed(task, options)
    }
  }
  const scans = Array.from({ length: JOBS }, (_, n) => `scan ${n}`)
  const locations = await Promise.all(scans.map(post))
  for (const location of locations) {
    assert.equal((await api.ended(idOf(location))).state, 'succeeded')
    const labels = await fetch(`${api.base}${location}/labels`)
    assert.deepEqual([labels.status, Buffer.from(await labels.arrayBuffer())], [200, LABEL_MAP])
  }
  assert.deepEqual(seen.sort(), scans)
})

test('a job that runs on another machine is cancelled long before the next heartbeat: its worker is told', {
  skip,
}, async () => {
  const running = Promise.withResolvers<void>()
  for (const worker of workers) {
    worker.segment = (task, options) => {
      running.resolve()
      return hang(task, options)
    }
  }
  const location = await post('a scan')
  await running.promise
  await fetch(`${api.base}${location}`, { method: 'DELETE' })
  assert.equal((await api.ended(idOf(location))).state, 'cancelled')
})

test('only label maps are left in the storage, and no password or secret in a log', { skip }, async () => {
  const names = () => [...s3.objects.keys()].map((key) => key.replace(/[0-9a-f-]{36}/, '<id>'))
  const expected = Array.from({ length: JOBS }, () => 'one/label/<id>/labels-1.nii.gz')
  // A worker removes the scans after it has said that the job is done.
  await until(() => names().length <= JOBS)
  assert.deepEqual(names(), expected)
  const lines = [api, ...workers].flatMap(({ logLines }) => logLines).join('\n')
  assert.ok(lines.length > 0)
  for (const secret of [new URL(databaseUrl).password, KEYS.secretAccessKey]) assert.ok(!lines.includes(secret))
})

/** In Kubernetes the folders are emptyDirs, which go with the pod. */
test('nothing is left in the data folders of the machines', {
  skip,
}, async () => {
  const files = ({ dataDir }: TestService) =>
    readdirSync(dataDir, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? entry.name : [],
    )
  await until(() => [api, ...workers].flatMap(files).length === 0)
})
