/** Studies sent by dcmtk's storescu into a real Orthanc, taken by two processes' worth of intake on one store. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { RULE as LISTED_RULE } from '../../test/fixtures/listed-studies.ts'
import { type MadeStudy, makeStudy, PLANTED, sendBySCU, type Written } from '../../test/fixtures/made-study.ts'
import { noOrthanc, type Orthanc, startOrthanc } from '../../test/fixtures/orthanc.ts'
import { pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { until } from '../../test/fixtures/service.ts'
import { openSqliteStore } from '../store/store.ts'
import type { StoredStudy } from '../store/study-store.ts'
import { createLog } from '../telemetry/log.ts'
import type { SourceConfig } from './config.ts'
import { fetchChosen } from './fetch-chosen.ts'
import { startIntake } from './intake.ts'
import { openSource } from './open-source.ts'

const skip = noOrthanc || pydicomMissing
const folder = mkdtempSync(join(tmpdir(), 'onelabel-intake-'))
after(() => rmSync(folder, { recursive: true }))
const RULE = { ...LISTED_RULE, seriesQuietS: 1, studyQuietS: 3, capS: 60, rerun: 'keep' as const }
const ROOM = { parts: 100, partBytes: 2 ** 20 }
let folders = 0
function made(study: MadeStudy): Written {
  const into = join(folder, `study-${folders++}`)
  mkdirSync(into)
  return makeStudy(into, study)
}
const T1 = { instances: 4, description: 't1' }
const FLAIR = { instances: 3, description: 'flair' }
const filesOf = ({ series }: Written) => series.flatMap(({ files }) => files)

/** Two intakes, as of two machines; jobs end as soon as they are submitted. */
async function openIntake(t: TestContext, config: SourceConfig) {
  const store = openSqliteStore(join(mkdtempSync(join(folder, 'store-')), 'jobs.sqlite'))
  const logLines: string[] = []
  const log = createLog('debug', { write: (line) => void logLines.push(line) })
  const runs: { readonly studyUid: string; readonly channels: Readonly<Record<string, number>> }[] = []
  const intakes = await Promise.all(
    [1, 2].map(async () => {
      const source = await openSource(config)
      const intake = startIntake({
        studies: store.studies,
        sources: [source],
        rules: [RULE],
        channelOf: ({ description }) =>
          description === 't1' || description === 'flair' ? { channel: description, preference: 0 } : null,
        computedWith: ({ model }) => ({ model, options: {} }),
        async submit(study, from, { model }, signal) {
          const into = mkdtempSync(join(folder, 'fetched-'))
          const fetched = await fetchChosen(study, from, { model, options: {} }, into, ROOM, signal)
          if (fetched === null) return 'changed'
          const files = Object.entries(fetched.folders).map(([channel, path]) => [channel, readdirSync(path).length])
          runs.push({ studyUid: study.studyInstanceUid, channels: Object.fromEntries(files) })
          return { jobId: `job of ${study.intakeKey}` }
        },
        log,
      })
      return { source, intake }
    }),
  )
  t.after(async () => {
    await Promise.all(intakes.map(({ intake }) => intake.drain(0)))
    for (const { source } of intakes) source.close()
    await store.close()
  })
  async function all(): Promise<readonly StoredStudy[]> {
    const found = await store.studies.list({ limit: 100 })
    for (const { state, jobId } of found) if (state === 'running') await store.studies.ended(jobId!, 'done', 'ended')
    return found
  }
  return {
    runs,
    logLines,
    store,
    /** Until the source was read to its end and every study is in one of these states. */
    async settles(isEnough: (studies: readonly StoredStudy[]) => boolean): Promise<readonly StoredStudy[]> {
      let found: readonly StoredStudy[] = []
      await until(async () => {
        found = await all()
        return found.every(({ state }) => ['done', 'parked', 'ignored'].includes(state)) && isEnough(found)
      })
      return found
    },
  }
}
const ofOrthanc = ({ url }: Orthanc): SourceConfig => ({
  kind: 'orthanc',
  name: 'gateway',
  url,
  everyS: 1,
  from: 'beginning',
})

test('each study is run once with all that it has, whatever comes again, and a late slice once more', {
  skip,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  const whole = made({ series: [T1, FLAIR, { instances: 1, description: 'scout' }] })
  // The other study is of another patient, and has the accession number of the first.
  const other = made({ patientId: 'OTHER', series: [T1, FLAIR] })
  const alone = made({ patientId: 'ALONE', series: [T1] })
  const knee = made({ patientId: 'KNEE', series: [{ instances: 2, description: 'knee' }] })
  const [a, b] = [filesOf(whole), filesOf(other)]
  // Slice by slice in turn.
  const inTurn = a.flatMap((file, n) => [file, ...b.slice(n, n + 1)])
  sendBySCU(orthanc, [...inTurn, ...filesOf(alone), ...filesOf(knee)])
  const box = await openIntake(t, ofOrthanc(orthanc))
  const found = await box.settles((studies) => studies.length === 4)
  const byUid = (uid: string) => box.runs.filter(({ studyUid }) => studyUid === uid).map(({ channels }) => channels)
  assert.deepEqual(byUid(whole.studyUid), [{ t1: 4, flair: 3 }])
  assert.deepEqual(byUid(other.studyUid), [{ t1: 4, flair: 3 }])
  assert.deepEqual(byUid(alone.studyUid), [{ t1: 4 }])
  assert.deepEqual(
    found
      .filter(({ studyInstanceUid }) => studyInstanceUid === knee.studyUid)
      .map(({ state, reason }) => [state, reason]),
    [['ignored', 'nothing-to-compute']],
  )

  const [{ uid: t1Uid }] = whole.series as [Written['series'][number]]
  const late = made({ uid: whole.studyUid, series: [{ ...T1, uid: t1Uid, from: 4, instances: 1 }] })
  sendBySCU(orthanc, [...a, ...filesOf(late)])
  await box.settles(() => byUid(whole.studyUid).length > 1)
  // Read after the late slice: everything that was sent again with it was looked at.
  await box.settles(() => true)
  assert.deepEqual(byUid(whole.studyUid), [
    { t1: 4, flair: 3 },
    { t1: 5, flair: 3 },
  ])
  assert.equal(box.runs.length, 4)

  const told = box.logLines.join('\n')
  assert.match(told, /a study is decided on/)
  for (const text of [...Object.values(PLANTED), whole.studyUid, t1Uid, 'scout']) assert.ok(!told.includes(text), text)
})

test('what came while we were away is found when we are back, by DICOMweb alone too', { skip }, async (t) => {
  const orthanc = await startOrthanc(t)
  const study = made({ series: [T1, FLAIR] })
  sendBySCU(orthanc, filesOf(study))
  const url = orthanc.dicomWebUrl
  const box = await openIntake(t, { kind: 'dicomweb', name: 'archive', url, everyS: 1, days: 1 })
  await box.settles((studies) => studies.length === 1)
  assert.deepEqual(box.runs, [{ studyUid: study.studyUid, channels: { t1: 4, flair: 3 } }])
})

test('a source that is away is told in the log, and read when it is back', { skip }, async (t) => {
  const orthanc = await startOrthanc(t)
  sendBySCU(orthanc, filesOf(made({ series: [T1, FLAIR] })))
  await orthanc.stop()
  const box = await openIntake(t, ofOrthanc(orthanc))
  await until(() => box.logLines.some((line) => line.includes('gateway cannot be reached (unreachable, ECONNREFUSED)')))
  await orthanc.start()
  await box.settles((studies) => studies.length === 1)
  assert.equal(box.runs.length, 1)
})
