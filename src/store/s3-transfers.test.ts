/** Transfers to and from S3 that are aborted, on which nothing moves, in parts, or whose bytes are not the right ones. */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { isFault } from '../../test/fixtures/blobs-contract.ts'
import { startS3Blobs } from '../../test/fixtures/s3-blobs.ts'
import { until } from '../../test/fixtures/service.ts'

const { s3, dir, blobs, stored } = await startS3Blobs()

/** Aborts the transfer once it is `underWay`, and waits until the storage has seen the connection end. */
async function abortOnce(
  underWay: Promise<unknown>,
  transfer: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const stop = new AbortController()
  const gone = once(s3.told, 'gone')
  const refused = assert.rejects(transfer(stop.signal), (reason) => reason === 'cancel')
  await underWay
  stop.abort('cancel')
  await Promise.all([refused, gone])
}

test('an upload that is aborted ends at once, and the file stays where it was', async () => {
  const [key, path] = [`${randomUUID()}/T1w.nii.gz`, join(dir, 'upload')]
  writeFileSync(path, Buffer.alloc(2 ** 23))
  s3.failures.push('deaf')
  await abortOnce(once(s3.told, 'hanging'), (signal) => blobs().put(key, path, { signal }))
  assert.deepEqual([existsSync(path), s3.objects.has(`one/label/${key}`)], [true, false])
})

test('a download that is aborted ends at once, as a file, which leaves no half, and as a stream', async () => {
  const key = await stored('x'.repeat(100_000))
  const into = mkdtempSync(join(dir, 'into-'))
  s3.failures.push('stuck')
  const part = join(into, 'T1w.nii.gz.part')
  const isHalf = until(() => (statSync(part, { throwIfNoEntry: false })?.size ?? 0) > 0)
  await abortOnce(isHalf, (signal) => blobs().fetch(key, into, { signal }))
  assert.deepEqual(readdirSync(into), [])
  s3.failures.push('stuck')
  const stop = new AbortController()
  const gone = once(s3.told, 'gone')
  const { stream } = await blobs().openRead(key, { signal: stop.signal })
  stop.abort('cancel')
  await Promise.all([assert.rejects(buffer(stream)), gone])
})

test('a transfer on which no byte moves is given up and tried again, and in the end it is not-ready', async () => {
  const path = join(dir, 'upload')
  const key = `${randomUUID()}/T1w.nii.gz`
  const idle = blobs({ idleMs: 200, pausesMs: Array(9).fill(1) })
  writeFileSync(path, Buffer.alloc(2 ** 23))
  s3.failures.push('deaf', 'deaf', 'deaf')
  await assert.rejects(blobs({ idleMs: 200, pausesMs: [1] }).put(key, path), isFault('not-ready'))
  assert.equal(s3.requests.length, 2)
  // The third is for the next one.
  await idle.put(key, path)
  const into = mkdtempSync(join(dir, 'into-'))
  s3.failures.push('stuck')
  assert.equal(readFileSync(await idle.fetch(key, into)).length, 2 ** 23)
  rmSync(join(into, 'T1w.nii.gz'))
  s3.failures.push('stuck', 'stuck', 'stuck')
  await assert.rejects(idle.fetch(key, into), isFault('not-ready'))
  assert.deepEqual(readdirSync(into), [])
})

test('a file above the size of a part is sent in parts, and is there only when all of them are', async () => {
  const bytes = Uint8Array.from({ length: 250_000 }, (_, i) => (i * 7 + (i >> 8)) % 256)
  const key = `${randomUUID()}/T1w.nii.gz`
  writeFileSync(join(dir, 'upload'), bytes)
  s3.failures.push('well', 'well', 503, 'reset')
  await blobs({ partBytes: 100_000 }).put(key, join(dir, 'upload'))
  assert.deepEqual(
    s3.requests.map(({ method }) => method),
    ['POST', 'PUT', 'PUT', 'PUT', 'PUT', 'PUT', 'POST'],
  )
  assert.deepEqual(s3.objects.get(`one/label/${key}`), Buffer.from(bytes))
  assert.equal(s3.uploads.size, 0)
})

test('an upload in parts that fails or is aborted leaves no parts with the storage, and no object', async () => {
  const [key, path] = [`${randomUUID()}/T1w.nii.gz`, join(dir, 'upload')]
  const inParts = blobs({ partBytes: 100_000 })
  writeFileSync(path, Buffer.alloc(250_000))
  s3.failures.push('well', 'well', 503, 503, 503, 503)
  await assert.rejects(inParts.put(key, path), isFault('not-ready'))
  await until(() => s3.uploads.size === 0)
  s3.failures.push('well', 'well', 'deaf')
  await abortOnce(once(s3.told, 'hanging'), (signal) => inParts.put(key, path, { signal }))
  await until(() => s3.uploads.size === 0)
  assert.deepEqual([existsSync(path), s3.objects.has(`one/label/${key}`)], [true, false])
})

test('a file that is no longer the one that was hashed is refused by the storage', async () => {
  const [key, path] = [`${randomUUID()}/T1w.nii.gz`, join(dir, 'upload')]
  writeFileSync(path, 'what was received')
  const sha256 = createHash('sha256').update('what was received').digest('hex')
  await blobs().put(key, path, { sha256 })
  writeFileSync(path, 'what the disk made of it')
  await assert.rejects(blobs().put(key, path, { sha256 }), /XAmzContentSHA256Mismatch/)
  assert.equal(s3.objects.get(`one/label/${key}`)?.toString(), 'what was received')
})

test('a removal gives up where the storage is away, however long each request may take', async () => {
  s3.failures.push('silence')
  await assert.rejects(blobs({ removeMs: 50 }).remove(randomUUID()), isFault('not-ready'))
})
