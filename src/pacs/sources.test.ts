/** Both kinds of source at one real Orthanc: they must tell the same. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { makeStudy, PLANTED, sendBySCU, type Written } from '../../test/fixtures/made-study.ts'
import { noOrthanc, type Orthanc, startOrthanc } from '../../test/fixtures/orthanc.ts'
import { pydicomMissing } from '../../test/fixtures/pydicom.ts'
import type { SourceConfig } from './config.ts'
import { PacsError } from './delivery-code.ts'
import { openSource } from './open-source.ts'
import { intoFolder } from './sink.ts'
import type { Source } from './source.ts'

const skip = noOrthanc || pydicomMissing
const folder = mkdtempSync(join(tmpdir(), 'onelabel-sources-'))
after(() => rmSync(folder, { recursive: true }))
const never = new AbortController().signal
const ROOM = { parts: 100, partBytes: 2 ** 20 }
let one: Written
let other: Written
/** A study of another patient with the study UID of the first: a mistake that a PACS can make. */
let twin: Written
const made = (name: string, study: Parameters<typeof makeStudy>[1]) => {
  mkdirSync(join(folder, name))
  return makeStudy(join(folder, name), study)
}
before(() => {
  if (skip !== false) return
  one = made('one', {
    series: [
      { instances: 4, description: 'T1' },
      { instances: 2, description: 'FLAIR' },
    ],
  })
  other = made('other', { patientId: 'OTHER', accession: PLANTED.accession, series: [{ instances: 1 }] })
  twin = made('twin', { uid: one.studyUid, patientId: 'TWIN', series: [{ instances: 1 }] })
})
const filesOf = ({ series }: Written) => series.flatMap(({ files }) => files)

async function open(t: TestContext, config: SourceConfig): Promise<Source> {
  const source = await openSource(config)
  t.after(source.close)
  return source
}
const ofOrthanc = (url: URL): SourceConfig => ({ kind: 'orthanc', name: 'orthanc', url, everyS: 30, from: 'now' })

async function allSince(source: Source, cursor: string | null) {
  const studies = []
  for (let isMore = true; isMore; ) {
    const page = await source.changes(cursor, never)
    studies.push(...page.studies)
    cursor = page.cursor
    isMore = page.isMore
  }
  return { cursor, uids: [...new Set(studies.map(({ studyInstanceUid }) => studyInstanceUid))].sort() }
}

async function holdToStudy(orthanc: Orthanc, source: Source): Promise<void> {
  const { studies } = await source.changes(source.name === 'orthanc' ? '0' : null, never)
  const study = studies.find(({ studyInstanceUid }) => studyInstanceUid === one.studyUid)!
  const series = [...(await source.series(study, never))!].sort((a, b) => (a.number ?? 0) - (b.number ?? 0))
  assert.deepEqual(
    series.map(({ key: _, ...rest }) => rest),
    one.series.map(({ uid, sopUids }, at) => ({
      seriesInstanceUid: uid,
      modality: 'MR',
      number: at + 1,
      description: at === 0 ? 'T1' : 'FLAIR',
      manufacturer: 'made',
      instances: sopUids.length,
      expected: null,
    })),
  )
  assert.deepEqual([...(await source.instances(study, series[0]!, never))].sort(), one.series[0]!.sopUids)
  const into = mkdtempSync(join(folder, 'pull-'))
  assert.equal(await source.pull(study, series[0]!, intoFolder(into), ROOM, never), 4)
  assert.deepEqual(readdirSync(into), ['000000.dcm', '000001.dcm', '000002.dcm', '000003.dcm'])
  const tooMany = source.pull(
    study,
    series[0]!,
    intoFolder(mkdtempSync(join(folder, 'p-'))),
    { ...ROOM, parts: 3 },
    never,
  )
  await assert.rejects(tooMany, (error) => error instanceof PacsError && error.code === 'too-large')
  for (const id of (await orthanc.get('studies')) as string[]) await orthanc.remove(`studies/${id}`)
  assert.equal(await source.series(study, never), null)
}

test('Orthanc: what came since the cursor, and nothing twice; a history is left alone unless it is asked for', {
  skip,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  const { url } = orthanc
  sendBySCU(orthanc, filesOf(one))
  const source = await open(t, ofOrthanc(url))
  const first = await allSince(source, null)
  assert.deepEqual(first.uids, [])
  sendBySCU(orthanc, filesOf(other))
  const second = await allSince(source, first.cursor)
  assert.deepEqual(second.uids, [other.studyUid])
  const beginning = await open(t, { ...ofOrthanc(url), kind: 'orthanc', from: 'beginning' })
  assert.deepEqual((await allSince(beginning, null)).uids, [one.studyUid, other.studyUid].sort())

  await t.test('it goes on where it was when Orthanc was away meanwhile', async () => {
    await orthanc.stop()
    await assert.rejects(source.changes(second.cursor, never), (error) => error instanceof PacsError)
    await orthanc.start()
    sendBySCU(orthanc, filesOf(one).slice(0, 1))
    for (const id of (await orthanc.get('studies')) as string[]) await orthanc.remove(`studies/${id}`)
    sendBySCU(orthanc, filesOf(one))
    assert.deepEqual((await allSince(source, second.cursor)).uids, [one.studyUid])
  })

  await t.test('a cursor that lies behind the end is of a data base that is gone: it begins again', async () => {
    assert.deepEqual((await allSince(source, '1000000')).uids, [one.studyUid])
  })

  await t.test('two patients whose studies have one UID are two studies', async () => {
    sendBySCU(orthanc, filesOf(twin))
    const studies = (await source.changes('1000000', never)).studies
    assert.deepEqual(
      studies.map(({ studyInstanceUid }) => studyInstanceUid),
      [one.studyUid, one.studyUid],
    )
    assert.equal(new Set(studies.map(({ key }) => key)).size, 2)
    for (const id of (await orthanc.get('patients')) as string[]) await orthanc.remove(`patients/${id}`)
    sendBySCU(orthanc, filesOf(one))
  })

  await t.test('series, instances and files of a study', () => holdToStudy(orthanc, source))
})

test('DICOMweb: the studies of these days, whose stamp changes with what came', { skip }, async (t) => {
  const orthanc = await startOrthanc(t)
  const source = await open(t, { kind: 'dicomweb', name: 'web', url: orthanc.dicomWebUrl, everyS: 30, days: 1 })
  assert.deepEqual((await source.changes(null, never)).studies, [])
  sendBySCU(orthanc, filesOf(one).slice(0, 3))
  const key = one.studyUid
  assert.deepEqual((await source.changes(null, never)).studies, [{ key, studyInstanceUid: key, stamp: '3' }])
  sendBySCU(orthanc, filesOf(one))
  assert.deepEqual((await source.changes(null, never)).studies, [{ key, studyInstanceUid: key, stamp: '6' }])
  await t.test('series, instances and files of a study', () => holdToStudy(orthanc, source))
})
