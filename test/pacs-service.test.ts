/**
 * The hook to a PACS run with the service against a real Orthanc: a study is sent there, and what was made of it comes back. What
 * reads and writes DICOM is the test's: it hands on any scan, and its objects are images that pydicom wrote.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { FaultError } from '../src/errors.ts'
import { hashOfUid } from '../src/pacs/hash-of-uid.ts'
import { openPacs } from '../src/pacs/open-pacs.ts'
import type { FetchedStudy } from '../src/pacs/submit-study.ts'
import type { OpenSeam } from '../src/pacs/take-study.ts'
import { verifyAudit } from '../src/security/verify-audit.ts'
import type { StoredStudy } from '../src/store/study-store.ts'
import { type MadeStudy, makeStudy, PLANTED, sendBySCU, type Written } from './fixtures/made-study.ts'
import { noOrthanc, type Orthanc, startOrthanc } from './fixtures/orthanc.ts'
import { pydicomMissing } from './fixtures/pydicom.ts'
import { card, type Segment, startTestService, succeed, type TestService, until } from './fixtures/service.ts'

const skip = noOrthanc || pydicomMissing
const folder = mkdtempSync(join(tmpdir(), 'onelabel-pacs-service-'))
after(() => rmSync(folder, { recursive: true }))
let folders = 0
function made(study: MadeStudy): Written {
  const into = join(folder, `study-${folders++}`)
  mkdirSync(into)
  return makeStudy(into, study)
}
const filesOf = ({ series }: Written) => series.flatMap(({ files }) => files)
const T1 = { instances: 3, description: 'T1 MPRAGE' }
const MR = '1.2.840.10008.5.1.4.1.1.4'
const SCAN = Buffer.from('a scan')

/** Each study that was taken, and the files that it had. */
interface Taken extends FetchedStudy {
  readonly counts: Readonly<Record<string, number>>
}

async function start(t: TestContext, orthanc: Orthanc, { segment = succeed, rule = {}, refuse = false }: Start = {}) {
  const path = join(folder, `pacs-${folders++}.json`)
  const quiet = { seriesQuietS: 1, studyQuietS: 2, capS: 30 }
  const config = {
    sources: [{ name: 'gateway', kind: 'orthanc', url: orthanc.url, everyS: 1, from: 'beginning' }],
    destinations: [{ name: 'back', kind: 'stow', url: orthanc.dicomWebUrl }],
    rules: [{ name: 'brain', model: 'tiny', require: ['t1'], send: ['seg'], to: ['back'], ...quiet, ...rule }],
  }
  writeFileSync(path, JSON.stringify(config))
  const taken: Taken[] = []
  /** By job; of the study as it is in the archive, as results are. */
  const results = new Map<string, Written>()
  const seam: OpenSeam = ({ submitScans, blobs }) => ({
    async takeStudy(study) {
      const files = Object.entries(study.files).map(([channel, path]) => [channel, readdirSync(path).length])
      taken.push({ ...study, counts: Object.fromEntries(files) })
      if (refuse) throw new FaultError('dicom-missing-slice', 'one of them')
      const { stored } = await submitScans({
        owner: study.owner,
        limits: {},
        declaredBytes: SCAN.length,
        async receive(dir) {
          const path = join(dir, 't1.nii')
          writeFileSync(path, SCAN)
          const sha256 = createHash('sha256').update(SCAN).digest('hex')
          return { scans: { t1: { path, bytes: SCAN.length, sha256 } }, model: study.model, options: { strict: '1' } }
        },
        idempotencyKey: study.idempotencyKey,
        isFresh: false,
        origin: { mode: 'async', isPatient: true, studyId: study.studyId },
      })
      return stored.job.id
    },
    async objectsOf({ job }) {
      const { studyInstanceUid } = taken.at(-1)!
      const seg = results.get(job.id) ?? made({ uid: studyInstanceUid, series: [{ instances: 1, modality: 'SEG' }] })
      results.set(job.id, seg)
      const [{ uid, sopUids, files }] = seg.series as [Written['series'][number]]
      const blobKey = `${job.id}/seg.dcm`
      await blobs.put(blobKey, files[0]!)
      return [{ kind: 'seg', blobKey, seriesInstanceUid: uid, sopInstanceUid: sopUids[0]!, sopClassUid: MR }]
    },
  })
  const opened = await openPacs(path, [{ card }], seam)
  assert.ok(opened.ok, JSON.stringify(opened))
  const service = await startTestService({}, undefined, opened.pacs)
  t.after(() => service.close())
  service.segment = segment
  return { service, taken, results }
}
interface Start {
  readonly segment?: Segment
  readonly rule?: object
  readonly refuse?: boolean
}

async function settles({ store }: TestService, uid: string): Promise<StoredStudy> {
  let found: StoredStudy | undefined
  await until(async () => {
    found = (await store.studies.list({ limit: 100 })).find(({ studyInstanceUid }) => studyInstanceUid === uid)
    return found !== undefined && ['done', 'parked', 'ignored'].includes(found.state)
  })
  return found!
}

async function auditLines({ store }: TestService): Promise<readonly string[]> {
  const lines = []
  for await (const line of store.audit.lines()) lines.push(line)
  return lines
}
const metricsOf = async ({ base }: TestService) => (await fetch(`${base}/metrics`)).text()
/** Orthanc tells more of a study that is settled already, so that one is open again for a moment. */
const says = (service: TestService, line: string) => until(async () => (await metricsOf(service)).includes(`${line}\n`))

test('a study that is sent to Orthanc is taken, computed, and its result stored there; audit and metrics say so', {
  skip,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  const { service, taken, results } = await start(t, orthanc)
  const study = made({ series: [T1] })
  sendBySCU(orthanc, filesOf(study))
  const { state, reason, jobId, id } = await settles(service, study.studyUid)
  assert.deepEqual([state, reason], ['done', 'computed'])
  const [{ counts, owner, model, options, instances, objects, files }] = taken as [Taken]
  assert.deepEqual([counts, owner, model, options], [{ t1: 3 }, 'pacs:gateway', 'tiny', { strict: '1' }])
  assert.deepEqual(instances['t1']!.toSorted(), study.series[0]!.sopUids)
  assert.deepEqual(Object.keys(objects), ['seg'])
  await until(() => !readdirSync(join(service.dataDir, 'studies')).some((name) => files['t1']!.includes(name)))

  const { store } = service
  await until(async () => (await store.effects.ofJob(jobId!)).every(({ state }) => state === 'verified'))
  assert.equal(await orthanc.count(), 4)
  const sop = results.get(jobId!)!.series[0]!.sopUids[0]!
  await until(async () => (await auditLines(service)).length >= 4)
  const lines = await auditLines(service)
  const told = lines.map((line) => JSON.parse(line))
  const hash = hashOfUid(study.studyUid)
  const of = (event: string) => told.filter((line) => line.event === event)
  assert.deepEqual(
    of('pulled').map((line) => [line.studyId, line.study, line.source, line.rule, line.instances]),
    [[id, hash, 'gateway', 'brain', 3]],
  )
  assert.deepEqual([of('decided').length, of('decided')[0].intake], [1, taken[0]!.intakeKey])
  assert.deepEqual(
    of('delivered').map((line) => [line.jobId, line.study, line.destination, line.object]),
    [[jobId, hash, 'back', hashOfUid(sop)]],
  )
  assert.deepEqual(
    told.filter(({ jobId: job, event }) => job === jobId && event === undefined).map(({ owner }) => owner),
    ['pacs:gateway'],
  )
  const verdict = await verifyAudit(store.audit.lines())
  assert.deepEqual([verdict.broken, verdict.lines], [null, 4])

  await says(service, 'onelabel_pacs_delivery_seconds_count 1')
  await says(service, 'onelabel_pacs_studies_total{state="done",reason="computed"} 1')
  await says(service, 'onelabel_pacs_delivery_seconds_bucket{le="60"} 1')
  const metrics = await metricsOf(service)

  const everything = [...service.logLines, ...lines, metrics].join('\n')
  const planted = [...Object.values(PLANTED), study.studyUid, study.series[0]!.uid, sop, 'MPRAGE']
  for (const text of planted) assert.ok(!everything.includes(text), text)
})

test('a job that fails parks its study under the code, and nothing goes out; a retry is another job', {
  skip,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  let isBad = true
  const { service, taken } = await start(t, orthanc, {
    segment: async (...args) => {
      if (isBad) throw new FaultError('implausible-result', '2.8 L are labelled')
      return succeed(...args)
    },
  })
  const study = made({ series: [T1] })
  sendBySCU(orthanc, filesOf(study))
  const parked = await settles(service, study.studyUid)
  assert.deepEqual([parked.state, parked.reason], ['parked', 'implausible-result'])
  assert.equal(await orthanc.count(), 3)
  await says(service, 'onelabel_pacs_studies{state="parked"} 1')
  await says(service, 'onelabel_pacs_studies_total{state="parked",reason="implausible-result"} 1')
  isBad = false
  const answer = await fetch(`${service.base}/v1/pacs/studies/${parked.id}:retry`, { method: 'POST' })
  assert.equal(answer.status, 200)
  const done = await settles(service, study.studyUid)
  assert.deepEqual([done.state, done.reason], ['done', 'computed'])
  assert.notEqual(done.jobId, parked.jobId)
  const keys = taken.map(({ idempotencyKey }) => idempotencyKey)
  assert.equal(new Set(keys).size, 2)
  // What it is made of is the same, and so is what it is called.
  assert.deepEqual(taken[0]!.objects, taken[1]!.objects)
  await until(async () => (await orthanc.count()) === 4)
})

test('what makes no scan parks its study under the code of the fault, and stays so when it comes again', {
  skip,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  const { service, taken } = await start(t, orthanc, { refuse: true })
  const study = made({ series: [T1] })
  sendBySCU(orthanc, filesOf(study))
  const refused = await settles(service, study.studyUid)
  assert.deepEqual([refused.state, refused.reason, refused.jobId], ['parked', 'dicom-missing-slice', null])
  const again = await fetch(`${service.base}/v1/pacs/studies`, {
    method: 'POST',
    body: JSON.stringify({ studyInstanceUid: study.studyUid }),
  })
  assert.deepEqual([again.status, await again.json()], [202, { source: 'gateway', studies: 1 }])
  await until(async () => {
    const { state, dueAtMs } = (await service.store.studies.get(refused.id))!
    return state === 'parked' && dueAtMs > refused.dueAtMs
  })
  const { reason } = (await service.store.studies.get(refused.id))!
  assert.deepEqual([reason, taken.length], ['dicom-missing-slice', 1])
  const counted = [...(await metricsOf(service)).matchAll(/^onelabel_pacs_studies_total\{(.*)\} (\d+)$/gm)]
  assert.deepEqual(
    counted.map(([, labels, count]) => [labels, count]),
    [
      ['state="ready",reason="complete"', '1'],
      ['state="parked",reason="dicom-missing-slice"', '1'],
    ],
  )
})

test('a study that lacks what is required is counted once, however often Orthanc tells of it', {
  skip,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  const { service } = await start(t, orthanc, { rule: { require: ['flair'], wish: ['t1'] } })
  const study = made({ series: [T1] })
  sendBySCU(orthanc, filesOf(study))
  const { id, dueAtMs } = await settles(service, study.studyUid)
  await fetch(`${service.base}/v1/pacs/studies`, {
    method: 'POST',
    body: JSON.stringify({ studyInstanceUid: study.studyUid }),
  })
  await until(async () => {
    const { state, dueAtMs: nowAtMs } = (await service.store.studies.get(id))!
    return state === 'parked' && nowAtMs > dueAtMs
  })
  await says(service, 'onelabel_pacs_studies_total{state="parked",reason="required-missing"} 1')
})

test('replace: a late slice makes another object in the series of the first, which is listed for deletion', {
  skip,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  const { service, taken } = await start(t, orthanc, { rule: { rerun: 'replace' } })
  const study = made({ series: [T1] })
  sendBySCU(orthanc, filesOf(study))
  const first = await settles(service, study.studyUid)
  const late = made({ uid: study.studyUid, series: [{ ...T1, uid: study.series[0]!.uid, from: 3, instances: 1 }] })
  sendBySCU(orthanc, filesOf(late))
  await until(async () => (await settles(service, study.studyUid)).jobId !== first.jobId)
  const [one, two] = taken.map(({ objects }) => objects['seg']!)
  assert.deepEqual([one!.instanceNumber, two!.instanceNumber], [1, 2])
  assert.equal(one!.seriesInstanceUid, two!.seriesInstanceUid)
  const document = await (await fetch(`${service.base}/v1/pacs/studies/${first.id}`)).json()
  assert.deepEqual((document as { superseded: object[] }).superseded, [{ kind: 'seg', ...one }])
})
