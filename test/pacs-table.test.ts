/**
 * Studies as they come to a PACS, all at once: through a real Orthanc and the service as it is run, and back. At the end stands
 * one table of what became of each, and whatever else was written is searched for who they are of.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { dicomSeries, EDGE, FLAIR, type MadeScan, PLANTED, T1 } from './fixtures/dicom-study.ts'
import { madeObjects } from './fixtures/made-objects.ts'
import { sendBySCU } from './fixtures/made-study.ts'
import { noOrthanc, type Orthanc } from './fixtures/orthanc.ts'
import { startReceiver } from './fixtures/otlp-receiver.ts'
import { openPacsSite } from './fixtures/pacs-site.ts'
import { filesBelow, foundIn, readBelow, watchNames } from './fixtures/planted.ts'
import { pydicomMissing } from './fixtures/pydicom.ts'
import { until } from './fixtures/service.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-pacs-table-'))
after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))

const CLI = resolve(import.meta.dirname, '../src/cli.ts')
const QUIET = { seriesQuietS: 6, studyQuietS: 8, capS: 3600 }

/** One row: what was sent, and what is to be in the end. */
interface Row {
  readonly n: number
  readonly accession?: string
  readonly state: 'done' | 'parked' | 'ignored'
  readonly reason: string
  /** Channel and number of images of what was computed, and why it was not waited for any longer. */
  readonly computed: string
  readonly jobs: 0 | 1
  /** In Orthanc, of what was not sent: of the patient of the study, and of no image that is not of it. */
  readonly objects: readonly string[]
}

const ONCE = { state: 'done', reason: 'computed', jobs: 1, objects: ['SEG', 'SR'] } as const
const BOTH = 't1 24 complete, flair 24 complete'
const NEVER = { computed: '', jobs: 0, objects: [] } as const
const SHARED = `${PLANTED}-BOTH`

const TABLE = {
  'two studies, slice by slice in turn: the one': { n: 1, ...ONCE, computed: BOTH },
  'two studies, slice by slice in turn: the other': { n: 2, ...ONCE, computed: BOTH },
  'a slow series, of which nobody says how many images there are to be': { n: 3, ...ONCE, computed: BOTH },
  'a slow series that says how many there are to be': { n: 4, ...ONCE, computed: BOTH },
  'sent again after it was done': { n: 5, ...ONCE, computed: BOTH },
  'a late slice after it was done': {
    ...{ n: 6, ...ONCE, computed: 't1 23 complete, flair 24 complete' },
    ...{ state: 'parked', reason: 'changed-after-run' },
  },
  'no FLAIR': { n: 7, ...ONCE, computed: 't1 24 study-quiet' },
  'another part of the body': { n: 8, ...NEVER, state: 'ignored', reason: 'nothing-to-compute' },
  'two patients with one accession number: the one': { n: 9, accession: SHARED, ...ONCE, computed: BOTH },
  'two patients with one accession number: the other': { n: 10, accession: SHARED, ...ONCE, computed: BOTH },
  'a slice is missing': {
    ...{ n: 11, ...NEVER, state: 'parked', reason: 'dicom-missing-slice' },
    computed: 't1 23 complete, flair 24 complete',
  },
  'nothing but zeros': {
    ...{ n: 12, state: 'parked', reason: 'scan-constant' },
    ...{ computed: BOTH, jobs: 1, objects: [] },
  },
} as const satisfies Readonly<Record<string, Row>>
type Situation = keyof typeof TABLE

const uidOf = (n: number) => `1.2.4.7700${n}`
const whoseOf = ({ n, accession = `${PLANTED}-${n}` }: Pick<Row, 'n' | 'accession'>) =>
  [`${PLANTED}-ID-${n}`, `${PLANTED}^NAME-${n}`, '19860102', accession] as const

/** The files of a study of the table, slice by slice. */
function made(situation: Situation, scan: MadeScan, more: Partial<MadeScan> = {}): readonly Buffer[] {
  const row: Row = TABLE[situation]
  const [patientId, patientName, , accession] = whoseOf(row)
  const of = { patientId, patientName, accession, studyUid: uidOf(row.n), frameUid: `1.2.5.7700${row.n}` }
  return dicomSeries({ ...scan, ...of, number: 770_000 + 10 * row.n + scan.number, ...more })
}
const seriesOf = (n: number, { number }: MadeScan) => `1.2.3.${770_000 + 10 * n + number}`
const whole = (situation: Situation) => [...made(situation, T1), ...made(situation, FLAIR)]

/** By C-STORE, in this order and over one association. */
function store(orthanc: Orthanc, name: string, images: readonly Buffer[]): void {
  mkdirSync(join(folder, name))
  const files = images.map((image, n) => {
    const path = join(folder, name, `${String(n).padStart(4, '0')}.dcm`)
    writeFileSync(path, image)
    return path
  })
  sendBySCU(orthanc, files)
}

async function upload(orthanc: Orthanc, images: readonly Buffer[]): Promise<void> {
  for (const image of images) await orthanc.post('instances', image)
}

/** UIDs of the studies of all images that Orthanc took, in its order, again where one came again. */
async function arrivals(orthanc: Orthanc): Promise<readonly string[]> {
  type Change = { readonly ID: string; readonly ChangeType: string }
  const { Changes } = (await orthanc.get('changes?since=0&limit=10000')) as { Changes: Change[] }
  const ids = Changes.flatMap(({ ID, ChangeType }) => (ChangeType === 'NewInstance' ? [ID] : []))
  const body = JSON.stringify({ Resources: [...new Set(ids)], Level: 'Instance' })
  type Instance = { readonly ID: string; readonly MainDicomTags: { readonly SOPInstanceUID: string } }
  const instances = (await orthanc.post('tools/bulk-content', body)) as Instance[]
  const sopOf = new Map(instances.map(({ ID, MainDicomTags }) => [ID, MainDicomTags.SOPInstanceUID]))
  return ids.flatMap((id) => {
    const [, study] = SOP_UID.exec(sopOf.get(id) ?? '') ?? []
    return study === undefined ? [] : [uidOf(Number(study))]
  })
}

/** The UID of an image of the table, with the number of its row. */
const SOP_UID = /^1\.2\.3\.77(\d+)\d\./

interface StudyDocument {
  readonly id: string
  readonly studyInstanceUid: string
  readonly state: string
  readonly reason: string | null
  readonly candidates: readonly {
    readonly channel: string
    readonly instances: number
    readonly expected: number | null
  }[]
  readonly chosen: readonly { readonly channel: string; readonly instances: number; readonly why: string }[]
  readonly job: { readonly id: string } | null
}

/** What the service says to those who ask for what there is not. */
async function provoke(base: string, { id, studyInstanceUid }: StudyDocument): Promise<Record<string, string>> {
  const json = (body: object) => ({ method: 'POST', body: JSON.stringify(body) })
  const asked: readonly (readonly [status: number, path: string, init?: RequestInit])[] = [
    [404, `pacs/studies/${studyInstanceUid}`],
    [404, `pacs/studies/${PLANTED}-ID-1:retry`, { method: 'POST' }],
    [405, `pacs/studies/${id}:retry`],
    [400, `pacs/studies?state=${PLANTED}`],
    [404, 'pacs/studies', json({ studyInstanceUid: `${uidOf(1)}.1` })],
    [400, 'pacs/studies', json({ studyInstanceUid: `${PLANTED}^NAME-1` })],
    [400, 'pacs/studies', json({ studyInstanceUid, source: `${PLANTED}-ID-1` })],
    [400, 'pacs/studies', json({ studyInstanceUid, [`${PLANTED}-ID-1`]: 1 })],
    [400, 'pacs/studies', { method: 'POST', body: `{"${PLANTED}` }],
    [400, 'pacs/hints', json({ source: `${PLANTED}-ID-1` })],
    [404, `segmentations/${studyInstanceUid}`],
  ]
  const said = asked.map(async ([status, path, init]) => {
    const answer = await fetch(`${base}/v1/${path}`, init)
    assert.equal(answer.status, status, path)
    return [`${status} to ${path}`, `${JSON.stringify([...answer.headers])} ${await answer.text()}`]
  })
  return Object.fromEntries(await Promise.all(said))
}

test('each study of a table has its jobs and its results, and nothing that was written tells of whom', {
  skip: noOrthanc || pydicomMissing,
}, async (t) => {
  const collector = await startReceiver()
  t.after(collector.close)
  // An image that comes again takes the place of the first, and Orthanc tells of it as of a new one.
  const site = await openPacsSite(t, { rule: QUIET, orthanc: { more: { OverwriteInstances: true } } })
  const { orthanc, dataDir, temporaryDir } = site
  const service = await site.start({
    NODE_OPTIONS: '',
    ONELABEL_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  })
  const names = watchNames(t, [dataDir, temporaryDir])
  await service.ready()

  async function documents(): Promise<readonly StudyDocument[]> {
    const answer = await fetch(`${service.base}/v1/pacs/studies?limit=100`)
    return ((await answer.json()) as { studies: StudyDocument[] }).studies
  }
  const documentOf = async (situation: Situation) =>
    (await documents()).find(({ studyInstanceUid }) => studyInstanceUid === uidOf(TABLE[situation].n))
  const becomes = (situation: Situation, isSo: (document: StudyDocument) => boolean) =>
    until(async () => {
      const found = await documentOf(situation)
      return found !== undefined && isSo(found)
    })
  const isDone = ({ state }: StudyDocument) => state === 'done'

  const [one, other] = (['one', 'other'] as const).map((which) => {
    return whole(`two studies, slice by slice in turn: the ${which}`)
  })
  store(
    orthanc,
    'in-turn',
    one!.flatMap((image, n) => [image, other![n]!]),
  )

  const told = 'a slow series that says how many there are to be'
  const slowly = made(told, T1, { told: 24 })
  await upload(orthanc, [...made(told, FLAIR), ...slowly.slice(0, 12)])

  await upload(orthanc, whole('sent again after it was done'))
  const late = whole('a late slice after it was done')
  await upload(orthanc, late.toSpliced(23, 1))
  await upload(orthanc, made('no FLAIR', T1))
  for (const description of ['T1 C-SPINE', 'CERVICAL SPINE T2']) {
    const scan = description.startsWith('T1') ? T1 : FLAIR
    await upload(orthanc, made('another part of the body', scan, { description: `${PLANTED} ${description}` }))
  }
  await upload(orthanc, whole('two patients with one accession number: the one'))
  await upload(orthanc, whole('two patients with one accession number: the other'))
  await upload(orthanc, whole('a slice is missing').toSpliced(11, 1))
  // The voxels are the last element.
  const voxelBytes = 2 * EDGE ** 2
  await upload(
    orthanc,
    whole('nothing but zeros').map((image) => Buffer.from(image).fill(0, image.length - voxelBytes)),
  )

  const untold = 'a slow series, of which nobody says how many images there are to be'
  const more = [...made(untold, T1)]
  await upload(orthanc, made(untold, FLAIR))
  for (let sent = 0; more.length > 0; sent += 6) {
    await upload(orthanc, more.splice(0, 6))
    if (more.length === 0) break
    await becomes(untold, ({ state, candidates }) => {
      assert.equal(state, 'open')
      return candidates.some(({ channel, instances }) => channel === 't1' && instances === sent + 6)
    })
  }

  await becomes('sent again after it was done', isDone)
  store(orthanc, 'again', whole('sent again after it was done'))
  await becomes('a late slice after it was done', isDone)
  await upload(orthanc, [late[23]!])

  // The others are done, so it was quiet for longer than any series has to be.
  await becomes('no FLAIR', isDone)
  await becomes(untold, isDone)
  const waiting = await documentOf(told)
  assert.deepEqual(
    [waiting?.state, waiting?.candidates.find(({ channel }) => channel === 't1')],
    ['open', { ...waiting?.candidates.find(({ channel }) => channel === 't1'), instances: 12, expected: 24 }],
  )
  await upload(orthanc, slowly.slice(12))
  await until(site.isAtRest)

  const objects = await madeObjects(orthanc, folder)
  const [found, jobs, delivered] = [await documents(), site.jobs(), site.delivered()]
  const rows = (Object.entries(TABLE) as [Situation, Row][]).map(([situation, { n, accession }]) => {
    const document = found.find(({ studyInstanceUid }) => studyInstanceUid === uidOf(n))
    const of = objects.filter(({ studyUid }) => studyUid === uidOf(n))
    const row = {
      n,
      ...(accession !== undefined && { accession }),
      state: document?.state,
      reason: document?.reason,
      computed: document?.chosen.map(({ channel, instances, why }) => `${channel} ${instances} ${why}`).join(', '),
      jobs: jobs.filter(({ studyId }) => studyId === document?.id).length,
      objects: of.map(({ modality }) => modality),
      whose: [...new Set(of.map(({ whose }) => whose.join(' ')))],
    }
    return [situation, row] as const
  })
  for (const [situation, { n, state, reason, computed, jobs, objects }] of rows) {
    const { atMs, lastImageAtMs } = delivered.find(({ uid }) => uid === uidOf(n)) ?? { atMs: 0, lastImageAtMs: 0 }
    const seconds = atMs === 0 ? '–' : `${((atMs - lastImageAtMs) / 1000).toFixed(1)} s`
    const cells = [situation, `${state}: ${reason}`, computed || '–', jobs, objects.join(', ') || '–', seconds]
    t.diagnostic(`| ${cells.join(' | ')} |`)
  }
  const expected = (Object.entries(TABLE) as [Situation, Row][]).map(([situation, row]) => {
    return [situation, { ...row, whose: row.objects.length === 0 ? [] : [whoseOf(row).join(' ')] }] as const
  })
  assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(expected))
  for (const { n } of Object.values(TABLE)) {
    const slices = objects.flatMap(({ studyUid, labels }) => (studyUid === uidOf(n) ? Object.keys(labels ?? {}) : []))
    for (const sop of slices) assert.ok(sop.startsWith(`${seriesOf(n, T1)}.`), sop)
  }
  const counted = (isSo: (row: Row) => boolean) => Object.values(TABLE).filter(isSo).length
  assert.equal(
    jobs.length,
    counted((row) => row.jobs === 1),
  )
  const answered = counted((row) => row.objects.length > 0)
  let exposed = ''
  // A delivery is counted a moment after it.
  await until(async () => {
    exposed = await (await fetch(`${service.base}/metrics`)).text()
    return exposed.includes(`onelabel_pacs_delivery_seconds_count ${answered}\n`)
  })
  assert.ok(exposed.includes(`onelabel_jobs_total{outcome="succeeded",reason="none"} ${answered}\n`))
  t.diagnostic(/^onelabel_pacs_delivery_seconds_sum .*$/m.exec(exposed)![0])

  // That they came as they were to come.
  const [first, second] = [uidOf(1), uidOf(2)]
  const order = await arrivals(orthanc)
  const inTurn = order.filter((uid) => uid === first || uid === second)
  assert.deepEqual(inTurn, Array.from({ length: 48 }, () => [first, second]).flat())
  // Orthanc forgets when an image first came once the image comes again.
  const [again, slice, rest] = [uidOf(5), uidOf(6), uidOf(4)]
  assert.deepEqual(order.slice(-61), [...Array(48).fill(again), slice, ...Array(12).fill(rest)])

  const refusals = await provoke(service.base, found[0]!)
  const effects = await (await fetch(`${service.base}/v1/effects?limit=100`)).text()
  await service.end('SIGTERM')
  const audit = execFileSync(process.execPath, [CLI, 'audit', 'export'], {
    env: { PATH: process.env['PATH'], ONELABEL_DATA_DIR: dataDir },
    encoding: 'utf8',
  })
  const auditLines = audit.trimEnd().split('\n')
  const files = filesBelow(dataDir)
  const isStore = (name: string) => name.startsWith('jobs.sqlite')
  const isBlob = (name: string) => name.startsWith('blobs/')
  const [kept, blobs] = [readBelow(dataDir, files.filter(isStore)), readBelow(dataDir, files.filter(isBlob))]
  const everything = {
    log: service.lines.join('\n'),
    metrics: exposed,
    ...refusals,
    effects,
    audit,
    traces: JSON.stringify(collector.bodies),
    names: [...names].join('\n'),
  }
  const given = objects.flatMap(({ seriesUid, sopUid }) => [seriesUid, sopUid])
  const uids = ['1.2.3.77', '1.2.4.77', '1.2.5.77', ...given]
  const studies = JSON.stringify(found)
  assert.deepEqual([...foundIn(everything, [PLANTED, ...uids]), ...foundIn({ studies, ...kept }, [PLANTED])], [])
  // Where they are to be they are found, and there was something to look at.
  assert.ok(foundIn(blobs, [PLANTED]).length > 0 && foundIn(kept, [uidOf(1)]).length > 0)
  assert.equal(auditLines.filter((line) => line.includes('"event":"delivered"')).length, 2 * answered)
  assert.ok(
    collector.spans().length > 0 && everything.log.includes(found[0]!.id) && /"kind":"pacs".*"next":null/.test(effects),
  )
  assert.deepEqual([files.filter((name) => !isStore(name) && !isBlob(name)), filesBelow(temporaryDir)], [[], []])
  t.diagnostic(
    `${service.lines.length} lines of the log, ${auditLines.length} of the audit, ${names.size} names of files`,
  )
})
