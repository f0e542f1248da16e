/** Blobs or the store that are away while an upload is taken in: it is refused, and its place is free again. */
import assert from 'node:assert/strict'
import { afterEach, type TestContext, test } from 'node:test'
import { FaultError } from '../src/errors.ts'
import { startS3 } from './fixtures/s3-server.ts'
import { startTestService, type TestService, until } from './fixtures/service.ts'

let service: TestService
afterEach(() => service.close())

const away = () => Promise.reject(new FaultError('not-ready', 'the storage does not answer; try later'))

/** From now on these calls reject. @returns how they come back */
function takeAway<T extends object>(from: T, calls: { readonly [K in keyof T]?: T[K] }): () => void {
  const before = { ...from }
  Object.assign(from, calls)
  return () => void Object.assign(from, before)
}

function post(): Promise<Response> {
  const body = new FormData()
  body.set('t1', new Blob(['scan']), 'a.nii')
  return fetch(`${service.base}/v1/segmentations`, { method: 'POST', body })
}

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const REGION = 'eu-central-1'

/** A service with one place, and blobs in an S3 that answers every request with 503 once it is away. */
async function start(t: TestContext) {
  const s3 = await startS3('scans', KEYS, REGION)
  t.after(() => s3.close())
  process.env['AWS_ACCESS_KEY_ID'] = KEYS.accessKeyId
  process.env['AWS_SECRET_ACCESS_KEY'] = KEYS.secretAccessKey
  const place = { blobs: 's3://scans/one', s3Endpoint: s3.endpoint, s3Region: REGION }
  service = await startTestService({ queueLength: 1, ...place })
  const { store } = service
  const s3Away = (afterWell = 0) => {
    s3.failures.push(...Array<'well'>(afterWell).fill('well'), ...Array<number>(1_000).fill(503))
    return () => void s3.failures.splice(0)
  }
  return { s3, s3Away, store }
}

const AWAY: Readonly<Record<string, (site: Awaited<ReturnType<typeof start>>) => readonly (() => void)[]>> = {
  'the blobs': ({ s3Away }) => [s3Away()],
  'the store': ({ store }) => [
    takeAway(store, { submit: away, get: away }),
    takeAway(store.effects, { post: away, take: away }),
  ],
  'the store, and blobs when the scans are to be removed,': ({ store, s3Away }) => [
    takeAway(store, { submit: away }),
    takeAway(store.effects, { post: away }),
    s3Away(1),
  ],
}

for (const [what, takeThemAway] of Object.entries(AWAY)) {
  test(`${what} away while an upload is taken in: it is refused, and the only place is free again`, async (t) => {
    const bringBack = takeThemAway(await start(t))
    for (let tries = 0; tries < 2; tries++) {
      const refused = await post()
      const { code } = (await refused.json()) as { code: string }
      assert.deepEqual([refused.status, code], [503, 'not-ready'])
    }
    for (const back of bringBack) back()
    assert.equal((await post()).status, 200)
  })
}

test('scans of a request that was refused go as soon as the blobs are back', async (t) => {
  const { s3, s3Away, store } = await start(t)
  const storeBack = takeAway(store, { submit: away })
  const s3Back = s3Away(1)
  assert.equal((await post()).status, 503)
  assert.equal(s3.objects.size, 1)
  storeBack()
  s3Back()
  await until(() => s3.objects.size === 0)
})
