/** The service against openapi.yaml: what it answers is promised, and what is promised is answered. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import request from 'supertest'
import { FAULT_KINDS, FaultError } from '../src/errors.ts'
import { WARNING_CODES } from '../src/warnings.ts'
import { description, holdToContract, holdToSchema, promised } from './fixtures/contract.ts'
import {
  CONFIDENCE_MAP,
  hang,
  LABEL_MAP,
  READY,
  report,
  type Segment,
  startTestService,
  succeed,
  type TestService,
} from './fixtures/service.ts'

const SCANS = '/v1/segmentations'
const answered = new Set<string>()
let service: TestService

before(async () => {
  service = await startTestService({ maxUploadBytes: 1000, queueLength: 1, maxEventStreams: 2 })
})
after(() => service.close())
afterEach(() => {
  service.segment = succeed
  service.compute = READY
})

type Method = 'get' | 'post' | 'delete' | 'put'

/** Every answer of every test goes through the contract. */
async function call(method: Method, path: string, prepare = (r: request.Test): request.Test => r) {
  const response = await prepare(request(service.base)[method](path)).buffer().parse(parseByType)
  answered.add(holdToContract(method.toUpperCase(), path, response))
  return response
}

/** JSON as its value, text as a string, the rest as bytes. */
function parseByType(res: request.Response, done: (error: Error | null, body: unknown) => void): void {
  const chunks: Buffer[] = []
  const stream = res as unknown as NodeJS.ReadableStream
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('end', () => {
    const bytes = Buffer.concat(chunks)
    const type = res.headers['content-type'] ?? ''
    done(null, /json/.test(type) ? JSON.parse(bytes.toString()) : /^text/.test(type) ? bytes.toString() : bytes)
  })
}

const withScan = (r: request.Test) => r.attach('t1', Buffer.from('scan'), 'scan.nii')

async function start(segment: Segment = succeed): Promise<string> {
  service.segment = segment
  const { headers, status } = await call('post', SCANS, (r) => withScan(r).set('Prefer', 'respond-async'))
  assert.equal(status, 202)
  return headers['location']
}

const failing: Segment = async () => {
  throw new FaultError('nifti-sheared', 'sheared by 5°')
}

async function stateAfter(uri: string): Promise<string> {
  return (await service.ended(uri.split('/').at(-1)!)).state
}

test('a scan goes in, the label map comes back with its headers', async () => {
  const response = await call('post', SCANS, withScan)
  assert.equal(response.status, 200)
  assert.deepEqual(response.body, LABEL_MAP)
  assert.equal(response.headers['content-type'], 'application/gzip')
  assert.equal(response.headers['content-disposition'], 'attachment; filename=labels.nii.gz')
  assert.equal(response.headers['x-model'], 'tiny@0.0.1')
  assert.equal(response.headers['x-device'], 'cpu')
  assert.match(response.headers['location'], /^\/v1\/segmentations\/[0-9a-f-]{36}$/)
})

test('a raw body of one channel does the same', async () => {
  let sent = ''
  service.segment = (task, options) => {
    sent = readFileSync(task.scans['flair']!, 'utf8')
    assert.equal(task.gridChannel, 'flair')
    return succeed(task, options)
  }
  const response = await call('post', `${SCANS}?channel=flair&model=tiny`, (r) =>
    r.type('application/gzip').send(Buffer.from('raw')),
  )
  assert.equal(response.status, 200)
  assert.equal(sent, 'raw')
})

test('channels, model and grid reach the computation', async () => {
  let seen: Parameters<Segment>[0] | undefined
  service.segment = (task, options) => {
    seen = task
    return succeed(task, options)
  }
  await call('post', SCANS, (r) =>
    withScan(r).attach('flair', Buffer.from('f'), 'f').field('grid', 'flair').field('model', 'tiny'),
  )
  assert.deepEqual(Object.keys(seen!.scans), ['t1', 'flair'])
  assert.deepEqual([seen!.modelId, seen!.gridChannel], ['tiny', 'flair'])
})

test('include=confidence gives a second map; flip=average, affine=qform, sequence=as-sent and strict=1 reach the computation', async () => {
  let seen: Parameters<Segment>[0] | undefined
  service.segment = (task, options) => {
    seen = task
    return succeed(task, options)
  }
  const asked = await call('post', SCANS, (r) =>
    withScan(r)
      .field('include', 'confidence')
      .field('flip', 'average')
      .field('affine', 'qform')
      .field('sequence', 'as-sent')
      .field('strict', '1'),
  )
  assert.deepEqual([asked.status, asked.body], [200, LABEL_MAP])
  assert.deepEqual([seen!.flipAverage, seen!.affine, seen!.sequence, seen!.strict], [true, 'qform', 'as-sent', true])
  const map = await call('get', `${asked.headers['location']}/confidence`)
  assert.deepEqual([map.status, map.body], [200, CONFIDENCE_MAP])
  assert.equal(map.headers['content-disposition'], 'attachment; filename=confidence.nii.gz')
  const plain = await call('post', `${SCANS}?channel=t1`, (r) => r.type('application/gzip').send(Buffer.from('raw')))
  const { flipAverage, affine, sequence, strict, confidencePath } = seen!
  for (const one of [flipAverage, affine, sequence, strict, confidencePath]) assert.equal(one, undefined)
  const none = await call('get', `${plain.headers['location']}/confidence`)
  assert.deepEqual([none.status, none.body.code], [404, 'not-asked'])
  assert.equal((await call('get', `${SCANS}/none/confidence`)).body.code, 'not-found')
})

test('the confidence map of a job that runs or was cancelled is 409', async () => {
  service.segment = hang
  const raw = (r: request.Test) => r.type('application/gzip').send(Buffer.from('raw')).set('Prefer', 'respond-async')
  const uri = (await call('post', `${SCANS}?channel=t1&include=confidence`, raw)).headers['location']
  assert.equal((await call('get', `${uri}/confidence`)).body.code, 'not-finished')
  await call('delete', uri)
  await stateAfter(uri)
  assert.equal((await call('get', `${uri}/confidence`)).body.code, 'cancelled')
})

const OBJECT_KINDS = ['seg', 'sr', 'sc'] as const

test('a DICOM series gives three objects more, under names of their own, and the segmentation at once if Accept says so', async () => {
  let seen: Parameters<Segment>[0] | undefined
  service.segment = async (task, options) => {
    seen = task
    for (const kind of OBJECT_KINDS) writeFileSync(task.objects!.paths[kind], kind)
    return { ...(await succeed(task, options)), objects: OBJECT_KINDS }
  }
  const asked = await call('post', SCANS, (r) =>
    withScan(r).field('seg', 'labelmap').field('omitEmpty', '1').set('Accept', 'application/dicom'),
  )
  assert.deepEqual([asked.status, asked.headers['content-type'], String(asked.body)], [200, 'application/dicom', 'seg'])
  assert.deepEqual([seen!.objects!.seg, seen!.objects!.omitEmpty], ['labelmap', true])
  for (const kind of OBJECT_KINDS) {
    const { status, headers, body } = await call('get', `${asked.headers['location']}/${kind}`)
    assert.deepEqual([status, headers['content-type'], String(body)], [200, 'application/dicom', kind])
    assert.equal(headers['content-disposition'], `attachment; filename=${kind}.dcm`)
  }
})

test('a page to print is there for who asks for PDF, at once or of the job later', async () => {
  service.segment = async (task, options) => {
    writeFileSync(task.pdfPath!, '%PDF-')
    return { ...(await succeed(task, options)), pdf: true }
  }
  const meant = await call('post', SCANS, (r) => withScan(r).field('page', '1'))
  assert.equal((await call('get', meant.headers['location']!, (r) => r.set('Accept', 'application/pdf'))).status, 200)
  const asked = await call('post', SCANS, (r) => withScan(r).field('name', 'Anna 7').set('Accept', 'application/pdf'))
  const uri = asked.headers['location']!
  const later = await call('get', uri, (r) => r.set('Accept', 'application/pdf'))
  for (const { status, headers, body } of [asked, later]) {
    assert.deepEqual([status, headers['content-type'], String(body)], [200, 'application/pdf', '%PDF-'])
    assert.equal(headers['content-disposition'], 'attachment; filename="Anna 7-report.pdf"')
  }
  for (const accept of ['*/*', 'application/json', 'application/pdf;q=0.5, application/json']) {
    assert.equal((await call('get', uri, (r) => r.set('Accept', accept))).body.state, 'succeeded')
  }
})

test('a job without a page, because none was asked for or it runs, says so', async () => {
  const asPdf = (r: request.Test) => r.set('Accept', 'application/pdf')
  const plain = await call('post', SCANS, withScan)
  const page = await call('get', plain.headers['location']!, asPdf)
  assert.deepEqual([page.status, page.body.code], [404, 'not-found'])
  assert.match(page.body.detail, /page=1/)
  const uri = await start(hang)
  assert.equal((await call('get', uri, asPdf)).body.code, 'not-finished')
  await call('delete', uri)
  await stateAfter(uri)
  assert.equal((await call('get', uri, asPdf)).body.code, 'cancelled')
})

test('a scan that is no DICOM has no objects, and one of which nothing could be assessed no segmentation: 404', async () => {
  const asDicom = (r: request.Test) => withScan(r).set('Accept', 'application/dicom')
  const plain = await call('post', SCANS, asDicom)
  assert.deepEqual([plain.status, plain.body.code], [404, 'no-dicom-object'])
  for (const kind of OBJECT_KINDS) {
    const { status, body } = await call('get', `${plain.headers['location']}/${kind}`)
    assert.deepEqual([status, body.code], [404, 'no-dicom-object'])
    assert.match(body.detail, /of no DICOM series/)
  }
  service.segment = async (task, options) => {
    writeFileSync(task.objects!.paths.sr, 'sr')
    return { ...(await succeed(task, options)), objects: ['sr'] }
  }
  const { body } = await call('post', SCANS, asDicom)
  assert.equal(body.code, 'no-dicom-object')
  assert.match(body.detail, /no label could be assessed/)
})

test('an object of a job that runs or was cancelled is 409', async () => {
  const uri = await start(hang)
  for (const kind of OBJECT_KINDS) assert.equal((await call('get', `${uri}/${kind}`)).body.code, 'not-finished')
  await call('delete', uri)
  await stateAfter(uri)
  for (const kind of OBJECT_KINDS) assert.equal((await call('get', `${uri}/${kind}`)).body.code, 'cancelled')
})

test('Accept: application/json gives the report, and the map stays at Location', async () => {
  const response = await call('post', SCANS, (r) => withScan(r).set('Accept', 'application/json'))
  assert.deepEqual(response.body, report)
  const labels = await call('get', `${response.headers['location']}/labels`)
  assert.deepEqual(labels.body, LABEL_MAP)
})

test('respond-async answers before the work is done; progress, labels and removal follow under Location', async () => {
  const uri = await start(async (task, options) => {
    options?.onProgress?.({ stage: 'infer', done: 3, total: 8, patchSeconds: 0.1 })
    return hang(task, options)
  })
  await service.becomes(uri.split('/').at(-1)!, ({ job }) => job.progress.done === 3)
  const running = await call('get', uri)
  assert.equal(running.body.state, 'running')
  assert.deepEqual(running.body.progress, { stage: 'infer', done: 3, total: 8 })
  assert.equal((await call('get', `${uri}/labels`)).body.code, 'not-finished')
  assert.equal((await call('delete', uri)).status, 202)
  assert.equal(await stateAfter(uri), 'cancelled')
  assert.equal((await call('get', uri)).body.state, 'cancelled')
  assert.equal((await call('get', `${uri}/labels`)).body.code, 'cancelled')
  assert.equal((await call('delete', uri)).status, 204)
  assert.equal((await call('get', uri)).status, 404)
  assert.equal((await call('get', `${uri}/labels`)).status, 404)
  assert.equal((await call('delete', uri)).status, 404)
})

test('wait=0 with respond-async is 202 when it takes longer, and says which preferences were followed', async () => {
  service.segment = hang
  const later = await call('post', SCANS, (r) => withScan(r).set('Prefer', 'respond-async, wait=0'))
  assert.equal(later.status, 202)
  assert.equal(later.headers['preference-applied'], 'respond-async, wait=0')
  await call('delete', later.headers['location'])
  await stateAfter(later.headers['location'])
  service.segment = succeed
  const now = await call('post', SCANS, (r) => withScan(r).set('Prefer', 'respond-async, wait=5'))
  assert.equal(now.status, 200)
  assert.equal(now.headers['preference-applied'], 'wait=5')
})

/** Events of a stream that has ended, with their data held to the description. */
function eventsOf(text: string): { name: string; id: number; data: Record<string, unknown> }[] {
  return [...text.matchAll(/^event: (\w+)\nid: (\d+)\ndata: (.+)\n\n/gm)].map(([, name, id, json]) => {
    const data = JSON.parse(json!) as Record<string, unknown>
    holdToSchema('JobEvent', data)
    return { name: name!, id: Number(id), data }
  })
}

test('events end with the summary of the report, and who has seen the end is told to stay away', async () => {
  const uri = await start()
  await stateAfter(uri)
  const all = await call('get', `${uri}/events`)
  assert.equal(all.headers['content-type'], 'text/event-stream; charset=utf-8')
  const [last, ...more] = eventsOf(all.body)
  assert.deepEqual(more, [])
  assert.deepEqual([last!.name, last!.data['state']], ['state', 'succeeded'])
  assert.deepEqual((last!.data['summary'] as { lesions: object }).lesions, {
    assessable: true,
    count: 1,
    totalMl: 0.001,
    largestMl: 0.001,
  })
  const seen = (r: request.Test) => r.set('Last-Event-ID', String(last!.id))
  assert.equal((await call('get', `${uri}/events`, seen)).status, 204)
  assert.equal((await call('get', `${uri}/events?last-event-id=${last!.id}`)).status, 204)
  assert.equal((await call('get', `${uri}/events?last-event-id=-1`)).body.code, 'malformed-request')
  assert.equal((await call('get', `${uri}/events`, (r) => r.set('Accept', 'image/png'))).status, 406)
  assert.equal((await call('get', `${SCANS}/none/events`)).status, 404)
})

test('what the scans cannot show is null in the report and in the summary, never 0', async () => {
  const nothing = { assessable: false, voxels: null, volumeMl: null }
  const labels = [...report.labels, { value: 1, name: 'tissue', ...nothing }]
  const lesions = { assessable: false, count: null, totalMl: null, largestMl: null, list: null, places: null }
  const uri = await start(async (task, options) => ({ ...(await succeed(task, options)), labels, lesions }))
  await stateAfter(uri)
  const { body } = await call('get', uri)
  assert.deepEqual([body.report.labels[1], body.report.lesions], [labels[1], lesions])
  const [last] = eventsOf((await call('get', `${uri}/events`)).body)
  const { labels: told, lesions: summed } = last!.data['summary'] as { labels: unknown[]; lesions: object }
  const { list: _, places: __, ...totals } = lesions
  assert.deepEqual([told[1], summed], [{ value: 1, name: 'tissue', assessable: false, volumeMl: null }, totals])
})

test('a strict job whose result is implausible has failed, and has no map', async () => {
  const uri = await start(async () => {
    throw new FaultError('implausible-result', '2.8 L are labelled (implausible)')
  })
  await stateAfter(uri)
  const { body } = await call('get', uri)
  assert.deepEqual([body.state, body.problem.code, body.problem.status], ['failed', 'implausible-result', 422])
  assert.deepEqual((await call('get', `${uri}/labels`)).body.code, 'implausible-result')
  assert.equal((await call('post', `${SCANS}?strict=0`, withScan)).body.code, 'malformed-request')
})

test('events of a job that fails end with its problem', async () => {
  const uri = await start(async () => {
    throw new FaultError('nifti-sheared', 'found this, allowed is that')
  })
  const events = eventsOf((await call('get', `${uri}/events`)).body)
  const { problem } = events.at(-1)!.data as { problem: { code: string; instance: string } }
  assert.deepEqual([problem.code, problem.instance], ['nifti-sheared', uri])
})

test('a stream beyond as many as may be open is 503', async () => {
  const uri = await start(hang)
  const [one, another] = [fetch(`${service.base}${uri}/events`), fetch(`${service.base}${uri}/events`)]
  await Promise.all([one, another])
  const refused = await call('get', `${uri}/events`)
  assert.deepEqual([refused.status, refused.body.code], [503, 'too-many-streams'])
  await call('delete', uri)
  for (const open of [one, another]) assert.match(await (await open).text(), /"state":"cancelled"/)
})

test('a succeeded job carries its report', async () => {
  const uri = await start()
  assert.equal(await stateAfter(uri), 'succeeded')
  const { body } = await call('get', uri)
  assert.deepEqual(body.report, report)
})

const RELOAD_FAULTS = [
  ['model-invalid', 422],
  ['reload-running', 409],
  ['compute-crashed', 500],
  ['not-ready', 503],
] as const

/** Each status that a failed computation can have, at once and afterwards under Location. */
const FAILURES = [
  ['too-many-voxels', 413],
  ['not-nifti', 415],
  ['nifti-4d', 422],
  ['compute-timeout', 500],
] as const

for (const [kind, status] of FAILURES) {
  test(`a computation that fails as ${kind} is ${status}, now and later`, async () => {
    service.segment = async () => {
      throw new FaultError(kind, 'found this, allowed is that')
    }
    const now = await call('post', SCANS, (r) => withScan(r).field('include', 'confidence'))
    assert.deepEqual([now.status, now.body.code, now.body.detail], [status, kind, 'found this, allowed is that'])
    assert.equal(now.headers['content-type'], 'application/problem+json; charset=utf-8')
    assert.equal(now.body.instance, now.headers['location'])
    const later = await call('get', `${now.headers['location']}/labels`)
    assert.deepEqual([later.status, later.body.code], [status, kind])
    const page = await call('get', now.headers['location']!, (r) => r.set('Accept', 'application/pdf'))
    assert.equal(page.status, status)
    for (const result of ['confidence', ...OBJECT_KINDS])
      assert.deepEqual((await call('get', `${now.headers['location']}/${result}`)).body, later.body)
    const job = await call('get', now.headers['location'])
    assert.deepEqual([job.body.state, job.body.problem], ['failed', now.body])
  })
}

test('a bug in the computation is 500 and says nothing of itself', async () => {
  service.segment = async () => {
    throw new TypeError('cannot read secrets of undefined')
  }
  const { status, body } = await call('post', SCANS, withScan)
  assert.deepEqual([status, body.code], [500, 'internal'])
  assert.ok(!JSON.stringify(body).includes('secrets'))
})

test('a sync answer to a job that somebody else cancels is 409', async () => {
  const { promise: startedId, resolve } = Promise.withResolvers<string>()
  service.segment = (task, options) => {
    resolve(task.outPath.split('/').at(-2)!)
    return hang(task, options)
  }
  const answer = call('post', SCANS, withScan)
  await Promise.all([answer, startedId.then((id) => call('delete', `${SCANS}/${id}`))])
  assert.deepEqual([(await answer).status, (await answer).body.code], [409, 'cancelled'])
})

test('a full queue is 503 with Retry-After, and the next place is free when one is cancelled', async () => {
  const running = await start(hang)
  await service.becomes(running.split('/').at(-1)!, ({ job }) => job.state === 'running')
  const waiting = await start(hang)
  const full = await call('post', SCANS, withScan)
  assert.deepEqual([full.status, full.body.code], [503, 'queue-full'])
  await call('delete', waiting)
  const next = await start(hang)
  await call('delete', next)
  await call('delete', running)
  await stateAfter(running)
})

test('refusals of the request itself', async () => {
  assert.equal((await call('post', SCANS, (r) => r.field('grid', 't1'))).status, 400)
  assert.equal((await call('post', SCANS, (r) => withScan(r).set('Accept', 'text/html'))).status, 406)
  assert.equal((await call('post', SCANS, (r) => r.attach('t1', Buffer.alloc(1001), 'x'))).status, 413)
  assert.equal((await call('post', SCANS, (r) => r.type('text/plain').send('x'))).status, 415)
  const undecodable = [
    ['get', `${SCANS}/%ff`],
    ['delete', `${SCANS}/%ff`],
    ['get', '/v1/models/%ff'],
    ['get', '/v1/cohorts/%ff.csv'],
    ['get', '/v2/models/%ff/ready'],
    ['post', '/v1/effects/%ff:retry'],
  ] as const
  for (const [method, path] of undecodable) assert.equal((await call(method, path)).status, 400)
})

test('a method that a path does not know is 405 with Allow, on every path', async () => {
  const put = (path: string) => call('put', path)
  const models = ['/v1/models', '/v1/models/tiny', '/v1/models:reload', '/v2/models/tiny/ready']
  const paths = [
    '/',
    '/docs',
    '/livez',
    '/readyz',
    '/v2/health/live',
    '/v2/health/ready',
    '/metrics',
    '/openapi.yaml',
    SCANS,
  ]
  for (const path of [
    ...paths,
    ...models,
    `${SCANS}/x`,
    `${SCANS}/x/events`,
    `${SCANS}/x/labels`,
    `${SCANS}/x/confidence`,
    ...OBJECT_KINDS.map((kind) => `${SCANS}/x/${kind}`),
  ])
    assert.equal((await put(path)).status, 405)
  assert.equal((await put(`${SCANS}/x`)).headers['allow'], 'GET, HEAD, DELETE')
})

test('an estimate is told from the jobs that were done, or is unknown', async () => {
  // No job had two scans.
  const pair = '/v1/estimates?t1=256x256x256@1x1x1&flair=256x256x128@1x1x2'
  const { body } = await call('get', pair)
  assert.deepEqual([body.model, body.seconds, body.ofJobs, body.limits.maxUploadBytes], ['tiny', null, 0, 1000])
  assert.equal((await call('put', '/v1/estimates')).status, 405)
  for (const [query, code] of [
    ['', 'no-scan'],
    ['?t1=256', 'malformed-request'],
    ['?t1=0x1x1@1x1x1', 'malformed-request'],
    ['?t1=1x1x1@1x1x1&t1=1x1x1@1x1x1', 'malformed-request'],
    ['?t2=1x1x1@1x1x1', 'malformed-request'],
    ['?model=none&t1=1x1x1@1x1x1', 'unknown-model'],
  ]) {
    assert.equal((await call('get', `/v1/estimates${query}`)).body.code, code)
  }
  await call('post', SCANS, withScan)
  const twice = (await call('get', '/v1/estimates?t1=4x2x200@1x1x1')).body
  // The report says 8 voxels in 5 ms; these are 1600.
  assert.deepEqual([twice.seconds, twice.ofJobs > 0], [1, true])
})

test('a path that does not exist is a problem too', async () => {
  const response = await request(service.base).get('/v2/segmentations')
  assert.deepEqual([response.status, response.body.code], [404, 'not-found'])
})

test('models: the list says which is the default, one by one they are their cards', async () => {
  const list = await call('get', '/v1/models')
  assert.deepEqual(
    list.body.models.map((m: { id: string; default: boolean }) => [m.id, m.default]),
    [['tiny', true]],
  )
  assert.equal((await call('get', '/v1/models/tiny')).body.preprocess.orientation, 'RAS')
  assert.equal((await call('get', '/v1/models/none')).status, 404)
})

test('own jobs are listed, the latest first, page by page and by state', async () => {
  const made: string[] = []
  for (const name of ['one', 'two', 'three']) {
    service.segment = name === 'two' ? failing : succeed
    const { headers } = await call('post', SCANS, (r) => withScan(r).field('name', name))
    made.push(headers['location'].split('/').at(-1)!)
  }
  const first = await call('get', `${SCANS}?limit=2`)
  assert.deepEqual(
    first.body.jobs.map((job: { id: string; name: string }) => [job.id, job.name]),
    [
      [made[2], 'three'],
      [made[1], 'two'],
    ],
  )
  const second = await call('get', `${SCANS}?limit=1&cursor=${first.body.next}`)
  assert.equal(second.body.jobs[0].id, made[0])
  const failed = await call('get', `${SCANS}?state=failed`)
  assert.equal(failed.body.jobs[0].id, made[1])
  assert.ok(failed.body.jobs.every(({ state }: { state: string }) => state === 'failed'))
  for (const wrong of ['state=gone', 'limit=0', 'limit=101', 'cursor=x', 'sort=name']) {
    const refused = await call('get', `${SCANS}?${wrong}`)
    assert.deepEqual([refused.status, refused.body.code], [400, 'malformed-request'])
  }
  assert.equal((await call('put', SCANS)).status, 405)
})

test('a job says when it was made, began, ended and goes, of which model it is and where it waits', async () => {
  const [began, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await start(async (task, options) => {
    began.resolve()
    await gate.promise
    return succeed(task, options)
  })
  await began.promise
  const waiting = await start()
  const { body } = await call('get', waiting)
  assert.deepEqual(
    [body.state, body.queuePlace, body.started, body.ended, body.model],
    ['queued', 1, null, null, 'tiny'],
  )
  gate.resolve()
  await stateAfter(waiting)
  const done = (await call('get', waiting)).body
  const [created, started, ended, expires] = [done.created, done.started, done.ended, done.expires].map(Date.parse)
  assert.ok(created! <= started! && started! <= ended!)
  assert.deepEqual([expires! - ended!, done.queuePlace], [3_600_000, null])
})

test('effects are listed, and a dead one is tried again when that is asked for', async () => {
  const { effects } = service.store
  const lost = {
    jobId: randomUUID(),
    kind: 'unknown',
    target: 'https://ris.example/hook?token=x',
    key: 'k',
    body: null,
  }
  await effects.post([lost])
  const taken = await effects.take('unknown', 1000, () => true)
  await effects.dead(taken!, 'nobody is there')
  const dead = await call('get', '/v1/effects?state=dead')
  assert.equal(dead.status, 200)
  const [{ id, kind, target, lastError }] = dead.body.effects
  assert.deepEqual([kind, target, lastError], ['unknown', 'https://ris.example', 'nobody is there'])
  const again = await call('post', `/v1/effects/${id}:retry`)
  assert.deepEqual([again.status, again.body.state, again.body.tries], [200, 'pending', 1])
  assert.deepEqual((await call('get', '/v1/effects?state=dead')).body, { effects: [], next: null })
  assert.equal((await call('post', `/v1/effects/${randomUUID()}:retry`)).status, 404)
  assert.equal((await call('get', '/v1/effects?state=lost')).status, 400)
  assert.equal((await call('delete', '/v1/effects')).status, 405)
  assert.equal((await call('get', `/v1/effects/${id}:retry`)).status, 405)
})

test('a reload says what changed, or why nothing did', async () => {
  const { id, ...v1 } = report.model
  const v2 = { id, version: '0.0.2', sha256: '2'.repeat(64) }
  service.reloadModels = async () => ({ added: [], removed: [], replaced: [{ ...v2, was: v1 }], unchanged: [] })
  const reload = () => call('post', '/v1/models:reload')
  const { status, body } = await reload()
  assert.deepEqual([status, body.replaced[0].version, body.replaced[0].was.version], [200, '0.0.2', v1.version])
  for (const [kind, expected] of RELOAD_FAULTS) {
    service.reloadModels = async () => {
      throw new FaultError(kind, 'the models stay as they were: model tiny is wrong')
    }
    const refused = await reload()
    assert.deepEqual([refused.status, refused.body.code], [expected, kind])
    assert.match(refused.body.detail, /model tiny/)
  }
  const { body: text } = await call('get', '/metrics')
  assert.match(text, /route="\/v1\/models:reload",status="200"/)
})

test('the names of KServe answer the same: live, ready, and ready model by model', async () => {
  assert.deepEqual((await call('get', '/v2/health/live')).body, { live: true })
  assert.equal((await call('get', '/v2/health/ready')).body.ready, true)
  assert.deepEqual((await call('get', '/v2/models/tiny/ready')).body, { name: 'tiny', ready: true })
  assert.equal((await call('get', '/v2/models/none/ready')).status, 404)
  service.compute = { state: 'starting' }
  assert.equal((await call('get', '/v2/health/live')).status, 200)
  assert.equal((await call('get', '/v2/health/ready')).status, 503)
  const not = await call('get', '/v2/models/tiny/ready')
  assert.deepEqual([not.status, not.body], [503, { name: 'tiny', ready: false }])
})

test('jobs sent under one cohort are rows of its table', async () => {
  const sent = await call('post', `${SCANS}?name=sub-1`, (r) =>
    withScan(r).field('cohort', 'study-1').set('Prefer', 'respond-async'),
  )
  assert.equal(sent.body.cohort, 'study-1')
  await stateAfter(sent.headers['location'])
  const table = await call('get', '/v1/cohorts/study-1.csv')
  assert.equal(table.status, 200)
  assert.equal(table.headers['content-type'], 'text/csv; charset=utf-8')
  assert.equal(table.headers['content-disposition'], 'attachment; filename=study-1.csv')
  assert.match(table.body, /^subject,session,status,[^\r]*,job\r\nsub-1,,done,/)
  assert.equal((await call('get', '/v1/cohorts/study-2.csv')).body.code, 'not-found')
  assert.equal((await call('get', '/v1/cohorts/study%00.csv')).body.code, 'not-found')
  assert.equal((await call('post', '/v1/cohorts/study-1.csv')).status, 405)
  const wrong = await call('post', `${SCANS}?cohort=Study`, withScan)
  assert.deepEqual([wrong.status, wrong.body.code], [400, 'malformed-request'])
})

test('live is live whatever the computation does; ready says why not', async () => {
  assert.deepEqual((await call('get', '/readyz')).body.reasons, [])
  service.compute = { state: 'failed', reason: 'model tiny reproduces 0.9000 of its golden label map' }
  assert.equal((await call('get', '/livez')).status, 200)
  const not = await call('get', '/readyz')
  assert.equal(not.status, 503)
  assert.match(not.body.reasons[0], /golden/)
  const refused = await call('post', SCANS, withScan)
  assert.deepEqual([refused.status, refused.body.code], [503, 'not-ready'])
})

test('the page and the description are served', async () => {
  const page = await call('get', '/')
  assert.match(page.body, /Research use only\.(<\/strong>)? Not a medical device/)
  assert.match((await call('get', '/docs')).body, /How to call it|how to call it/)
  const file = readFileSync(join(import.meta.dirname, '../openapi.yaml'), 'utf8')
  assert.equal(String((await call('get', '/openapi.yaml')).body), file)
})

test('what happened is counted: stages, patches, restarts, failures, uploads, requests by route', async () => {
  service.emit({ kind: 'stage', stage: 'infer', seconds: 90 })
  service.emit({ kind: 'patch', seconds: 0.2 })
  service.emit({ kind: 'restart', cause: 'crash' })
  const { body: text } = await call('get', '/metrics')
  assert.match(text, /onelabel_stage_duration_seconds_bucket\{le="120",stage="infer"\} 1/)
  assert.match(text, /onelabel_patch_duration_seconds_count 1/)
  assert.match(text, /onelabel_child_restarts_total\{reason="crash"\} 1/)
  assert.match(text, /onelabel_failures_total\{kind="nifti-4d"\} 1/)
  assert.match(text, /onelabel_failures_total\{kind="internal"\} 1/)
  assert.match(text, /onelabel_model_info\{id="tiny",version="0.0.1",sha256="[0-9a-f]{64}",device="cpu"\} 1/)
  assert.match(text, /route="\/v1\/segmentations\/:id\/labels",status="200"/)
  assert.match(text, /onelabel_ready 1/)
  assert.ok(!/[0-9a-f]{8}-[0-9a-f]{4}-/.test(text), 'an id became a label')
})

test('the codes of openapi.yaml are the kinds of errors.ts and `internal`', () => {
  const codes = description.components.schemas['Problem']!.properties['code']!.enum
  assert.deepEqual([...codes].sort(), [...FAULT_KINDS, 'internal'].sort())
})

test('every code of a warning is in the description and nothing else is', () => {
  assert.deepEqual(description.components.schemas['Warning']!.properties['code']!.enum, WARNING_CODES)
})

/** Paths that have tests of their own: pacs-contract, session, comparisons-contract and correction.test.ts. */
const ELSEWHERE = / \/v1\/(pacs\/|session|comparisons|segmentations\/\{id\}\/(correction|training-case|scans))/

test('every answer that openapi.yaml promises was given above', () => {
  const elsewhere = [
    'GET /v1/segmentations 403', // where all callers are one: exposure.test.ts
    'GET /v1/segmentations 503', // a store that does not answer, here and below: postgres-faults.test.ts
    'POST /v1/segmentations 403', // a callback without its scope: webhooks.test.ts
    'POST /v1/segmentations 408', // slow uploads: requests.test.ts
    'POST /v1/segmentations 429', // limits of an owner: jobs.test.ts
    'POST /v1/segmentations 507', // a disk without room: jobs.test.ts
    'GET /v1/segmentations/{id} 503',
    'DELETE /v1/segmentations/{id} 503',
    'GET /v1/segmentations/{id}/labels 400', // as the job ended: a model that went while it waited
    'GET /v1/segmentations/{id}/labels 503', // storage that does not answer: blobs-s3.test.ts
    'GET /v1/segmentations/{id}/confidence 400', // as for the labels
    'GET /v1/segmentations/{id}/confidence 503', // the same
    ...OBJECT_KINDS.flatMap((kind) => [400, 503].map((status) => `GET /v1/segmentations/{id}/${kind} ${status}`)),
    'GET /v1/cohorts/{name}.csv 403', // where all callers are one: exposure.test.ts
    'GET /v1/cohorts/{name}.csv 503', // a store that does not answer, as above
    'GET /v1/effects 503',
    'POST /v1/effects/{id}:retry 503',
    'POST /v1/models:reload 404', // a process that computes nothing: served-models.test.ts
    'GET /v1/estimates 503', // a store that does not answer, as above
  ]
  assert.deepEqual(
    promised().filter((answer) => !ELSEWHERE.test(answer) && !answered.has(answer)),
    elsewhere,
  )
})
