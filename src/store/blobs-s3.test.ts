import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFault, testBlobs } from '../../test/fixtures/blobs-contract.ts'
import { KEYS, REGION, startS3Blobs } from '../../test/fixtures/s3-blobs.ts'
import { expectedAuthorization, startS3 } from '../../test/fixtures/s3-server.ts'
import { parseS3Place } from './blobs-s3.ts'

const { s3, dir, blobs, stored } = await startS3Blobs()

test("the test's own signature is that of the GET example in Amazon's documentation", () => {
  const request = {
    method: 'GET',
    url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-amz-date': '20130524T000000Z',
    },
  }
  const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
  assert.match(
    expectedAuthorization(request, Object.keys(request.headers), keys, 'us-east-1'),
    /Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41$/,
  )
})

testBlobs('S3', async () => blobs())

test('an upload carries its length and comes in one piece, under the prefix', async () => {
  const key = await stored('0123456789')
  assert.deepEqual(s3.requests, [{ method: 'PUT', bodyBytes: 10, chunked: false }])
  assert.equal(s3.objects.get(`one/label/${key}`)?.toString(), '0123456789')
})

test('more blobs than one list holds are all removed', async () => {
  const id = randomUUID()
  for (let i = 0; i < 1003; i++) s3.objects.set(`one/label/${id}/part-${i}`, Buffer.alloc(0))
  await blobs().remove(id)
  assert.deepEqual(
    [...s3.objects.keys()].filter((key) => key.includes(id)),
    [],
  )
})

test('a storage that says of what is gone that it is not there has removed it', async () => {
  s3.failures.push(404)
  await blobs().remove(`${randomUUID()}/T1w.nii.gz`)
  assert.equal(s3.requests.length, 1)
})

test('three failures of the storage or the network are tried again, with the whole body', async () => {
  s3.failures.push(503, 'reset', 500)
  const key = await stored('patience')
  assert.deepEqual(
    s3.requests.map((request) => request.method),
    ['PUT', 'PUT', 'PUT', 'PUT'],
  )
  assert.equal(s3.objects.get(`one/label/${key}`)?.toString(), 'patience')
})

test('a storage that keeps failing is the fault not-ready, and the upload stays where it was', async () => {
  s3.failures.push(503, 503, 503, 503)
  await assert.rejects(stored('kept'), isFault('not-ready'))
  assert.equal(readFileSync(join(dir, 'upload'), 'utf8'), 'kept')
})

test('a storage that nobody listens at is the fault not-ready', async () => {
  const gone = await startS3('scans', KEYS, REGION)
  gone.close()
  await assert.rejects(blobs({ endpoint: gone.endpoint }).ping(), isFault('not-ready'))
})

test('a storage that takes a request and never answers is the fault not-ready', async () => {
  s3.failures.push('silence', 'silence', 'silence', 'silence')
  await assert.rejects(blobs({ quickMs: 200 }).ping(), isFault('not-ready'))
  assert.equal(s3.requests.length, 4)
})

test('a full storage is the fault disk-full, at once', async () => {
  s3.failures.push(507)
  await assert.rejects(stored('too much'), isFault('disk-full'))
  assert.equal(s3.requests.length, 1)
})

test('a download that breaks off is asked for again; one that always does is not-ready and leaves no file', async () => {
  const key = await stored('x'.repeat(100_000))
  s3.failures.push('cut')
  const into = mkdtempSync(join(dir, 'into-'))
  assert.equal(readFileSync(await blobs().fetch(key, into)).length, 100_000)
  rmSync(join(into, 'T1w.nii.gz'))
  s3.failures.push('cut', 'cut', 'cut')
  await assert.rejects(blobs().fetch(key, into), isFault('not-ready'))
  assert.deepEqual(readdirSync(into), [])
})

test('wrong credentials are refused at once, and the secret is in no part of the error', async () => {
  const keys = { ...KEYS, secretAccessKey: 'not-the-secret' }
  const error = await blobs({ keys })
    .ping()
    .catch((e: Error) => e)
  assert.match(String(error), /refused ListObjectsV2 with 403 \(SignatureDoesNotMatch\)/)
  assert.ok(!JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('not-the-secret'))
  assert.equal(s3.requests.length, 1)
})

test('a bucket that does not exist is no missing blob', async () => {
  await assert.rejects(blobs({ bucket: 'other' }).fetch(`${randomUUID()}/a`, dir), /404 \(NoSuchBucket\)/)
})

test('a place is s3://bucket or s3://bucket/prefix, and nothing else', () => {
  assert.deepEqual(parseS3Place('s3://scans'), { bucket: 'scans', prefix: '' })
  assert.deepEqual(parseS3Place('s3://scans/one/label/'), { bucket: 'scans', prefix: 'one/label' })
  for (const wrong of [
    's3://',
    's3://scans/../x',
    's3://a:b@scans/x',
    'https://scans',
    's3://Scans',
    's3://scans/a b',
  ]) {
    assert.equal(parseS3Place(wrong), undefined, wrong)
  }
})

test('a list that names keys outside what was asked for removes none of them', async () => {
  const [asked, other] = [await stored('gone'), await stored('kept')]
  s3.alsoListed.push(`one/label/${other}`)
  await blobs().remove(asked.split('/')[0]!)
  s3.alsoListed.splice(0)
  assert.deepEqual(
    [asked, other].map((key) => s3.objects.has(`one/label/${key}`)),
    [false, true],
  )
})
