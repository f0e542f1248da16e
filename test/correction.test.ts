/** A person corrects a label map: the real process and a model of two thresholds (fixtures/tiny-model.ts). */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import request from 'supertest'
import { fromBufferPromise } from 'yauzl'
import { openSqliteStore } from '../src/store/store.ts'
import { holdToContract, promised } from './fixtures/contract.ts'
import { buildNifti } from './fixtures/nifti.ts'
import { type RealService, startRealService } from './fixtures/real-service.ts'
import { until } from './fixtures/service.ts'
import { makeTinyModel, tinyHead } from './fixtures/tiny-model.ts'

const EDGE = 24
const SCANS = '/v1/segmentations'
const folder = mkdtempSync(join(tmpdir(), 'onelabel-correction-'))
const answered = new Set<string>()
let service: RealService
/** The path of a job that kept its scan, and its label map as bytes of NIfTI. */
let job: string
let labels: Buffer
/** The lesion is half erased, and another of 2 × 1 × 1 voxels is drawn in the tissue; a voxel is 3 mm³. */
let half: Buffer

/** 1.5 × 1 × 2 mm, turned about two axes: nothing of it is a default. */
const SROW = [-1.5, 0, 0, 17, 0, 0, 2, -20.25, 0, 1, 0, 3.5]
const PLACED = { dim: [3, EDGE, EDGE, EDGE], pixdim: [1, 1.5, 1, 2], sformCode: 1, qformCode: 0, srow: SROW }
const scan = () =>
  buildNifti({
    ...PLACED,
    data: tinyHead(EDGE).scan,
    patch: (header) => void Buffer.from(header.buffer, header.byteOffset).write('MUSTERMANN^MAX', 148, 'latin1'),
  })

before(async () => {
  await makeTinyModel(join(folder, 'models'))
  service = await startRealService({
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_THREADS: '1',
    ONELABEL_MAX_UPLOAD_BYTES: '100000',
  })
  await service.ready()
  job = await send('?keep=scans&name=Max')
  labels = gunzipSync((await call('get', `${job}/labels`)).body)
  half = corrected((voxels) => {
    for (let v = 0; v < voxels.length; v++) if (voxels[v] === 2 && v % EDGE < EDGE / 2) voxels[v] = 1
    voxels[at(7, 7, 7)] = 2
    voxels[at(8, 7, 7)] = 2
  })
})
after(async () => {
  await service.end('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function send(query: string): Promise<string> {
  const sent = await request(service.base).post(`${SCANS}${query}`).attach('t1', scan(), 't1.nii').buffer()
  assert.equal(sent.status, 200)
  return sent.headers['location']!
}

type Method = 'get' | 'put' | 'post' | 'delete'

async function call(method: Method, path: string, prepare = (r: request.Test): request.Test => r) {
  const answer = await prepare(request(service.base)[method](path)).buffer().parse(parseByType)
  answered.add(holdToContract(method.toUpperCase(), path, answer))
  return answer
}

function parseByType(res: request.Response, done: (error: Error | null, body: unknown) => void): void {
  buffer(res as unknown as NodeJS.ReadableStream).then(
    (bytes) => done(null, /json/.test(res.headers['content-type'] ?? '') ? JSON.parse(String(bytes)) : bytes),
    (error: Error) => done(error, null),
  )
}

const put = (body: Buffer, at = job, type = 'application/gzip') =>
  call('put', `${at}/correction`, (r) => r.type(type).send(body))

/** The label map with other values from `voxOffset` on. */
function corrected(change: (voxels: Uint8Array, header: Buffer) => void): Buffer {
  const bytes = Buffer.from(labels)
  change(bytes.subarray(bytes.readFloatLE(108)), bytes)
  return bytes
}
/** The values of a scan that was written as int16. */
function valuesOf(nifti: Buffer): number[] {
  return [...new Int16Array(Uint8Array.from(nifti.subarray(nifti.readFloatLE(108))).buffer)]
}
const at = (i: number, j: number, k: number) => i + EDGE * (j + EDGE * k)

test('the corrected map is counted as the first was, and both are kept', async () => {
  const before = (await call('get', job)).body
  const counted = tinyHead(EDGE).labels.filter((label) => label === 2).length
  assert.deepEqual([before.report.lesions.count, before.report.labels[2].voxels], [1, counted])
  assert.deepEqual([before.corrected, before.scansKept], [null, ['t1']])
  const { status, body } = await put(gzipSync(half))
  assert.equal(status, 200)
  const [larger, smaller] = body.lesions.list
  assert.deepEqual([body.lesions.count, larger.voxels, smaller.voxels], [2, counted / 2, 2])
  // 32 voxels of the one and 2 of the other, of 3 mm³
  assert.deepEqual([body.labels[2].voxels, body.labels[2].volumeMl], [counted / 2 + 2, 0.102])
  // world = srow · (7.5, 7, 7)
  assert.deepEqual(smaller.centroidMm, [-1.5 * 7.5 + 17, 2 * 7 - 20.25, 7 + 3.5])
  assert.equal(smaller.confidence, null)
  assert.ok(body.labels.every((label: object) => !('confidence' in label)))
  assert.deepEqual(
    [body.model, body.input, body.warnings],
    [before.report.model, before.report.input, before.report.warnings],
  )
  const map = gunzipSync((await call('get', `${job}/correction`)).body)
  assert.deepEqual(map.subarray(map.readFloatLE(108)), half.subarray(half.readFloatLE(108)))
  assert.deepEqual(map.subarray(0, 348), labels.subarray(0, 348), 'the header is that of the label map')
  assert.deepEqual((await call('get', `${job}/correction.json`)).body, body)
  assert.deepEqual(gunzipSync((await call('get', `${job}/labels`)).body), labels)
  const now = (await call('get', job)).body
  assert.ok(Date.parse(now.corrected) >= Date.parse(now.ended))
  assert.deepEqual(now.report, before.report)
})

test('another grid and another label are refused with both numbers, and change nothing', async () => {
  const refused: readonly [Buffer, string, RegExp][] = [
    [
      corrected((_, header) => header.writeFloatLE(17.1, 280 + 12)),
      'correction-grid',
      /first voxel at 17\.1, .* 17, -20\.25/,
    ],
    [
      buildNifti({ ...PLACED, dim: [3, EDGE, EDGE, EDGE - 1], datatype: 2 }),
      'correction-grid',
      /24 × 24 × 23, .* 24 × 24 × 24,/,
    ],
    [
      corrected((voxels) => (voxels[0] = 3)),
      'correction-labels',
      /holds the value 3; the labels are 0 background, 1 brain tissue, 2 lesion/,
    ],
    [Buffer.from('no map'), 'not-nifti', /./],
    [half.subarray(0, 1000), 'nifti-truncated', /./],
  ]
  const before = (await call('get', `${job}/correction.json`)).body
  for (const [body, code, detail] of refused) {
    const answer = await put(body, job, 'application/octet-stream')
    assert.equal(answer.body.code, code)
    assert.match(answer.body.detail, detail)
  }
  const floats = buildNifti({ ...PLACED, datatype: 16, data: new Float32Array(EDGE ** 3).fill(0.5) })
  assert.equal((await put(gzipSync(floats))).body.code, 'correction-labels')
  assert.equal((await put(Buffer.alloc(100_001))).status, 413)
  assert.equal((await put(Buffer.alloc(0))).body.code, 'no-scan')
  assert.equal((await put(half, job, 'text/plain')).status, 415)
  assert.deepEqual((await call('get', `${job}/correction.json`)).body, before)
  assert.deepEqual(readdirSync(join(folder, 'data/incoming')), [], 'nothing is left of what was refused')
})

test('an earlier correction is replaced, and a removed one is gone with its file', async () => {
  const files = () =>
    readdirSync(join(folder, 'data/blobs', job.split('/').at(-1)!)).filter((name) => /^corrected/.test(name))
  const [first] = files()
  const none = corrected((voxels) => voxels.fill(0))
  const { body } = await put(gzipSync(none))
  assert.deepEqual([body.lesions.count, body.labels[1].voxels], [0, 0])
  await until(() => files().length === 1 && files()[0] !== first)
  assert.equal((await call('delete', `${job}/correction`)).status, 204)
  await until(() => files().length === 0)
  assert.equal((await call('get', job)).body.corrected, null)
  for (const path of ['correction', 'correction.json', 'training-case']) {
    assert.equal((await call('get', `${job}/${path}`)).body.code, 'not-found')
  }
  assert.equal((await call('delete', `${job}/correction`)).status, 404)
  assert.equal((await call('delete', `${SCANS}/%ff/correction`)).status, 400)
})

test('a case to train with holds scans and both maps by the names of BIDS, and no name that anybody gave', async () => {
  await put(gzipSync(half))
  const { status, headers, body } = await call('get', `${job}/training-case`)
  assert.equal(status, 200)
  const subject = `sub-${job.split('/').at(-1)!.replaceAll('-', '').slice(0, 12)}`
  assert.equal(headers['content-disposition'], `attachment; filename=training-case-${subject.slice(4)}.zip`)
  const zip = await fromBufferPromise(body, { lazyEntries: true })
  const files = new Map<string, Buffer>()
  for await (const entry of zip.eachEntry())
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)))
  const derived = `derivatives/onelabel/${subject}/anat/${subject}_desc`
  assert.deepEqual([...files.keys()].sort(), [
    'README',
    'dataset_description.json',
    'derivatives/onelabel/dataset_description.json',
    'derivatives/onelabel/dseg.tsv',
    `${derived}-automatic_dseg.json`,
    `${derived}-automatic_dseg.nii.gz`,
    `${derived}-corrected_dseg.json`,
    `${derived}-corrected_dseg.nii.gz`,
    `${subject}/anat/${subject}_T1w.nii.gz`,
  ])
  const t1 = gunzipSync(files.get(`${subject}/anat/${subject}_T1w.nii.gz`)!)
  assert.deepEqual(valuesOf(t1), [...tinyHead(EDGE).scan])
  assert.deepEqual([t1.readInt16LE(70), t1.readFloatLE(280 + 12)], [4, 17])
  const map = gunzipSync(files.get(`${derived}-corrected_dseg.nii.gz`)!)
  assert.deepEqual(map.subarray(map.readFloatLE(108)), half.subarray(half.readFloatLE(108)))
  assert.deepEqual(gunzipSync(files.get(`${derived}-automatic_dseg.nii.gz`)!), labels)
  const sidecar = JSON.parse(String(files.get(`${derived}-corrected_dseg.json`)))
  assert.deepEqual([sidecar.ScansLieOnEachOther, sidecar.GridChannel, sidecar.Report.lesions.count], [true, 't1', 2])
  for (const [name, bytes] of files) {
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
    assert.ok(!/MUSTERMANN|Max/.test(text), name)
  }
})

test('a scan that was kept is there as NIfTI; without keep=scans neither it nor a case is', async () => {
  const { headers, body } = await call('get', `${job}/scans/t1`)
  assert.equal(headers['content-disposition'], 'attachment; filename=Max-t1.nii.gz')
  const t1 = gunzipSync(body)
  assert.deepEqual(valuesOf(t1), [...tinyHead(EDGE).scan])
  for (const channel of ['flair', 'toString', '%2e%2e']) {
    assert.equal((await call('get', `${job}/scans/${channel}`)).status, 404)
  }
  const unkept = await send('?name=other')
  assert.deepEqual((await call('get', unkept)).body.scansKept, [])
  assert.equal((await call('get', `${unkept}/scans/t1`)).body.code, 'not-asked')
  assert.equal((await put(gzipSync(half), unkept)).status, 200)
  assert.equal((await call('get', `${unkept}/training-case`)).body.code, 'not-asked')
  // The same scan again is a result that is known already, and its scan is kept all the same.
  const again = await send('?keep=scans')
  assert.deepEqual(gunzipSync((await call('get', `${again}/scans/t1`)).body), t1)
})

test('the map of a job that ended otherwise, of another path or by another method cannot be corrected', async () => {
  const noScan = await request(service.base)
    .post(SCANS)
    .attach('t1', buildNifti({ ...PLACED, data: new Float32Array(EDGE ** 3) }), 't1.nii')
    .set('Prefer', 'respond-async')
  const failed = noScan.headers['location']!
  await until(async () => (await call('get', failed)).body.state === 'failed')
  assert.equal((await put(gzipSync(half), failed)).status, 404)
  assert.equal((await put(gzipSync(half), `${SCANS}/none`)).status, 404)
  const post = await call('post', `${job}/correction`)
  assert.deepEqual([post.status, post.headers['allow']], [405, 'GET, HEAD, PUT, DELETE'])
  for (const path of ['correction.json', 'training-case', 'scans/t1']) {
    assert.equal((await call('put', `${job}/${path}`)).status, 405)
  }
})

test('it goes with the job, and the audit knows who did what to which map', async () => {
  const sha256 = createHash('sha256')
    .update((await call('get', `${job}/correction`)).body)
    .digest('hex')
  assert.equal((await call('delete', job)).status, 204)
  const id = job.split('/').at(-1)!
  await until(() => !readdirSync(join(folder, 'data/blobs')).includes(id))
  assert.equal((await call('get', `${job}/correction`)).status, 404)
  await service.end('SIGTERM')
  const store = openSqliteStore(join(folder, 'data/jobs.sqlite'))
  const lines: { jobId: string; event?: string; owner: string; map: string }[] = []
  for await (const line of store.audit.lines()) lines.push(JSON.parse(line))
  await store.close()
  const ofJob = lines.filter((line) => line.jobId === id && line.event !== undefined)
  assert.deepEqual(
    ofJob.map(({ event, owner }) => [event, owner]),
    [
      ['corrected', 'anonymous'],
      ['corrected', 'anonymous'],
      ['correction-removed', 'anonymous'],
      ['corrected', 'anonymous'],
    ],
  )
  assert.equal(ofJob.at(-1)!.map, sha256)
  assert.equal(ofJob[1]!.map, ofJob[2]!.map)
})

test('every answer about corrections that openapi.yaml promises was given above', () => {
  const open = promised()
    .filter((answer) => /\/(correction|correction\.json|training-case|scans\/\{channel\}) /.test(answer))
    .filter((answer) => !answered.has(answer))
  const elsewhere = [
    /(PUT|GET) \S+ 400$/, // a model that is not served any more: correction-refused.test.ts
    / 409$/, // a job that runs: correction-refused.test.ts
    / 500$/, // a blob that is gone, and a store that is away, as for the labels
    / 503$/,
    / 507$/, // a disk without room: correction-refused.test.ts
  ]
  assert.deepEqual(
    open.filter((answer) => !elsewhere.some((pattern) => pattern.test(answer))),
    [],
  )
})
