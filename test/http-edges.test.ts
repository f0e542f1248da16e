/** What usual clients send that is allowed and seldom: each reaches the computation as the same scan, or is told why not. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { LABEL_MAP, startTestService, type TestService } from './fixtures/service.ts'

const SCANS = '/v1/segmentations'
const OCTETS = 'application/octet-stream'

let service: TestService
before(async () => {
  service = await startTestService({})
})
after(() => service.close())

async function post(query: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) {
  const response = await fetch(`${service.base}${SCANS}${query}`, { method: 'POST', headers, body })
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) }
}

// what the map is called

const TYPES: readonly [accept: string, type: string][] = [
  ['*/*', 'application/gzip'],
  ['application/*', 'application/gzip'],
  [OCTETS, OCTETS],
  ['application/x-gzip', 'application/x-gzip'],
  ['application/x-nifti', 'application/gzip'],
  ['application/gzip;q=0.1, application/octet-stream', OCTETS],
]
for (const [accept, type] of TYPES) {
  test(`Accept: ${accept} gets the map as ${type}, at once and later`, async () => {
    const now = await post('?channel=t1', { 'Content-Type': OCTETS, Accept: accept }, 'scan')
    assert.deepEqual([now.status, now.headers.get('content-type'), now.bytes], [200, type, LABEL_MAP])
    const later = await fetch(`${service.base}${now.headers.get('location')}/labels`, { headers: { Accept: accept } })
    assert.deepEqual([later.headers.get('content-type'), Buffer.from(await later.arrayBuffer())], [type, LABEL_MAP])
  })
}

const NAMES: readonly [name: string, disposition: string][] = [
  ['case 7', 'attachment; filename="case 7-labels.nii.gz"'],
  ['../../etc/passwd', 'attachment; filename=etc_passwd-labels.nii.gz'],
  ['a"b\\c', 'attachment; filename=a_b_c-labels.nii.gz'],
  ['...', 'attachment; filename=labels.nii.gz'],
  ['Zoë', "attachment; filename=Zoe-labels.nii.gz; filename*=UTF-8''Zo%C3%AB-labels.nii.gz"],
  ['脳', "attachment; filename=_-labels.nii.gz; filename*=UTF-8''%E8%84%B3-labels.nii.gz"],
  ['5%41', "attachment; filename=5_41-labels.nii.gz; filename*=UTF-8''5%2541-labels.nii.gz"],
]
for (const [name, disposition] of NAMES) {
  test(`the map of a job named ${name} is saved as ${disposition}`, async () => {
    const { headers } = await post(`?channel=t1&name=${encodeURIComponent(name)}`, { 'Content-Type': OCTETS }, 'scan')
    assert.equal(headers.get('content-disposition'), disposition)
  })
}

test('a long name leaves room for the rest within the 255 bytes of file systems', async () => {
  const name = '脳'.repeat(100)
  const { headers } = await post(`?channel=t1&name=${encodeURIComponent(name)}`, { 'Content-Type': OCTETS }, 'scan')
  const [, encoded = ''] = /UTF-8''(\S+)$/.exec(headers.get('content-disposition') ?? '') ?? []
  const saved = decodeURIComponent(encoded)
  assert.match(saved, /^脳{66}-labels\.nii\.gz$/)
  assert.ok(Buffer.byteLength(saved) <= 255)
})
