/** The outbox: a real dispatcher and store, to real Orthancs and to servers that do what archives were seen to do. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { freePort } from '../../test/fixtures/free-port.ts'
import { makeStudy, PLANTED, type Written } from '../../test/fixtures/made-study.ts'
import { noOrthanc, startOrthanc } from '../../test/fixtures/orthanc.ts'
import { pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { until } from '../../test/fixtures/service.ts'
import { startReceiver } from '../../test/fixtures/webhook-receiver.ts'
import { startDispatcher } from '../service/dispatcher.ts'
import { openDirectoryBlobs } from '../store/blobs-directory.ts'
import type { Effect } from '../store/effect-store.ts'
import { openSqliteStore } from '../store/store.ts'
import { createLog } from '../telemetry/log.ts'
import type { DestinationConfig } from './config.ts'
import { PACS_KIND, type Parcel, pacsHandler, parcelOf } from './deliver.ts'
import { openDestination } from './open-destination.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-deliver-'))
after(() => rmSync(folder, { recursive: true }))
const MR = '1.2.840.10008.5.1.4.1.1.4'
const skip = noOrthanc || pydicomMissing
let made: Written
before(() => {
  if (skip === false) made = makeStudy(folder, { series: [{ instances: 3 }] })
})

/** Everything between the end of a job and a destination. */
async function openOutbox(t: TestContext, configs: readonly DestinationConfig[]) {
  const dir = mkdtempSync(join(folder, 'outbox-'))
  const store = openSqliteStore(join(dir, 'jobs.sqlite'))
  const blobs = await openDirectoryBlobs(join(dir, 'blobs'))
  const destinations = await Promise.all(configs.map((config) => openDestination(config, blobs)))
  const logLines: string[] = []
  const log = createLog('debug', { write: (line) => void logLines.push(line) })
  const handlers = { [PACS_KIND]: pacsHandler(destinations) }
  const dispatcher = startDispatcher({ effects: store.effects, handlers, log, random: () => 0 })
  t.after(async () => {
    await dispatcher.drain(0)
    for (const each of destinations) each.close()
    await store.close()
  })
  return {
    logLines,
    store,
    /** @returns the id of its job */
    async post(to: string, file: string, parcel: Partial<Parcel> = {}): Promise<string> {
      const jobId = randomUUID()
      const copy = join(dir, jobId)
      copyFileSync(file, copy)
      const blobKey = `${jobId}/result.dcm`
      await blobs.put(blobKey, copy)
      const [{ uid, sopUids }] = made.series as [Written['series'][number]]
      const uids = { studyInstanceUid: made.studyUid, seriesInstanceUid: uid, sopInstanceUid: sopUids[0]! }
      await store.effects.post([parcelOf(jobId, to, { blobKey, sopClassUid: MR, ...uids, ...parcel })])
      return jobId
    },
    async becomes(jobId: string, isSo: (effect: Effect) => boolean): Promise<Effect> {
      let found: Effect | undefined
      await until(async () => {
        found = (await store.effects.ofJob(jobId))[0]
        return found !== undefined && isSo(found)
      })
      return found!
    },
  }
}
const stow = (name: string, url: URL | string): DestinationConfig & { kind: 'stow' } => ({
  kind: 'stow',
  name,
  url: new URL(url),
  verify: 'qido',
})
const file = (n: number) => made.series[0]!.files[n]!
const sop = (n: number) => ({ sopInstanceUid: made.series[0]!.sopUids[n]! })
const failedWith = (code: string) => (effect: Effect) => effect.lastError?.includes(code) === true

test('STOW: stored and found is verified; while it is down it waits, holding up no other, and is there once after', {
  skip,
}, async (t) => {
  const near = await startOrthanc(t)
  const far = await startOrthanc(t)
  const box = await openOutbox(t, [stow('near', near.dicomWebUrl), stow('far', far.dicomWebUrl)])
  await far.stop()
  const waiting = await box.post('far', file(0))
  const done = await box.post('near', file(0))
  assert.equal((await box.becomes(done, ({ state }) => state === 'verified')).tries, 1)
  await box.becomes(waiting, failedWith('unreachable'))
  await far.start()
  await box.becomes(waiting, ({ state }) => state === 'verified')
  assert.deepEqual([await near.count(), await far.count()], [1, 1])
  const told = box.logLines.join('\n')
  for (const text of [...Object.values(PLANTED), made.studyUid, made.series[0]!.uid]) assert.ok(!told.includes(text))
})

test('STOW: what is no DICOM is dead with its reason, what another study is in the URL is tried later', {
  skip,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  const box = await openOutbox(t, [stow('there', orthanc.dicomWebUrl)])
  const garbage = await box.post('there', import.meta.filename, sop(1))
  const { state, lastError } = await box.becomes(garbage, (effect) => effect.lastError !== null)
  assert.deepEqual([state, lastError], ['dead', 'there refuses it (refused, HTTP 400)'])
  const elsewhere = await box.post('there', file(0), { studyInstanceUid: '1.2.3' })
  await box.becomes(elsewhere, failedWith('not-processed, HTTP 409, reason 0110'))
  assert.equal(await orthanc.count(), 0)
})

/** An archive that answers a STOW as told, and whose searches find what it stored. */
async function startArchive(t: TestContext, answers: readonly ((res: ServerResponse, keep: () => void) => void)[]) {
  let isStored = false
  let stows = 0
  const answer = (res: ServerResponse, req: IncomingMessage) => {
    if (req.method === 'GET') {
      const uid = new URL(req.url!, 'http://x').searchParams.get('SOPInstanceUID')
      const found = isStored ? [{ '00080018': { vr: 'UI', Value: [uid] } }] : []
      return void res.end(JSON.stringify(found))
    }
    answers[Math.min(stows++, answers.length - 1)]!(res, () => {
      isStored = true
    })
  }
  const { origin } = await startReceiver(t, { answer })
  return { origin, stows: () => stows }
}
const named = (res: ServerResponse, status = 200) =>
  void res.writeHead(status).end(
    JSON.stringify({
      '00081199': { Value: [{ '00081155': { vr: 'UI', Value: [made.series[0]!.sopUids[0]] } }] },
    }),
  )

test('an archive that says 200 and stores nothing is not believed', { skip: pydicomMissing }, async (t) => {
  const archive = await startArchive(t, [
    (res) => void res.writeHead(200).end('{}'),
    (res) => named(res),
    (res, keep) => {
      keep()
      named(res)
    },
  ])
  const box = await openOutbox(t, [stow('there', `${archive.origin}/`)])
  const job = await box.post('there', file(0))
  await box.becomes(job, failedWith('not-told'))
  await box.becomes(job, failedWith('not-found-after'))
  await box.becomes(job, ({ state }) => state === 'verified')
  assert.equal(archive.stows(), 3)
})

test('one that stored it and then broke off, failed or refused is not sent to again', {
  skip: pydicomMissing,
}, async (t) => {
  for (const how of [
    (res: ServerResponse) => void res.destroy(),
    (res: ServerResponse) => void res.writeHead(504).end(),
    (res: ServerResponse) => void res.writeHead(400).end('{}'),
  ]) {
    const archive = await startArchive(t, [
      (res, keep) => {
        keep()
        how(res)
      },
    ])
    const box = await openOutbox(t, [stow('there', `${archive.origin}/`)])
    await box.becomes(await box.post('there', file(0)), ({ state }) => state === 'verified')
    assert.equal(archive.stows(), 1)
  }
})

test('one that broke off without storing it is sent to again, after a look', { skip: pydicomMissing }, async (t) => {
  const archive = await startArchive(t, [
    (res) => void res.destroy(),
    (res, keep) => {
      keep()
      named(res, 202)
    },
  ])
  const box = await openOutbox(t, [stow('there', `${archive.origin}/`)])
  const job = await box.post('there', file(0))
  assert.equal((await box.becomes(job, ({ state }) => state === 'verified')).tries, 2)
  assert.equal(archive.stows(), 2)
})

test('without searches an answer that names the instance is all there is: sent, not verified', {
  skip: pydicomMissing,
}, async (t) => {
  const archive = await startArchive(t, [(res) => named(res)])
  const box = await openOutbox(t, [{ ...stow('there', `${archive.origin}/`), verify: 'none' }])
  await box.becomes(await box.post('there', file(0)), ({ state }) => state === 'sent')
})

test('a destination that is not there any more, and an object that is gone, are dead', {
  skip: pydicomMissing,
}, async (t) => {
  const box = await openOutbox(t, [stow('there', `http://127.0.0.1:${await freePort()}/`)])
  const nowhere = await box.post('elsewhere', file(0))
  assert.match(
    (await box.becomes(nowhere, ({ state }) => state === 'dead')).lastError ?? '',
    /no destination elsewhere/,
  )
  const gone = await box.post('there', file(0), { blobKey: `${randomUUID()}/gone.dcm`, ...sop(1) })
  assert.match((await box.becomes(gone, ({ state }) => state === 'dead')).lastError ?? '', /is gone/)
})

test('through an Orthanc to a modality and to a peer: sent when they have it, resubmitted when they come back', {
  skip,
}, async (t) => {
  const local = '127.0.0.1'
  // It knows who may store; where it could call back to does not matter.
  const far = await startOrthanc(t, { aet: 'FAR', more: { DicomModalities: { gateway: ['TESTPACS', local, 104] } } })
  const gateway = await startOrthanc(t, {
    more: {
      DicomModalities: { far: ['FAR', local, far.dicomPort], wrong: ['WRONG', local, far.dicomPort] },
      OrthancPeers: { friend: [far.url.href] },
    },
  })
  const via = (name: string, to: object) => ({ kind: 'orthanc', name, url: gateway.url, ...to }) as DestinationConfig
  const box = await openOutbox(t, [
    via('modality', { modality: 'far' }),
    via('peer', { peer: 'friend' }),
    via('wrong', { modality: 'wrong' }),
    via('none', { modality: 'none' }),
  ])
  await box.becomes(await box.post('modality', file(0)), ({ state }) => state === 'sent')
  await box.becomes(await box.post('peer', file(1), sop(1)), ({ state }) => state === 'sent')
  assert.equal(await far.count(), 2)

  const none = await box.becomes(await box.post('none', file(0)), ({ state }) => state === 'dead')
  assert.match(none.lastError ?? '', /modalities have no none/)
  await box.becomes(await box.post('wrong', file(0)), failedWith('peer-unreachable, Orthanc error 9'))

  await far.stop()
  const late = await box.post('modality', file(2), sop(2))
  await box.becomes(late, failedWith('peer-unreachable'))
  await far.start()
  await box.becomes(late, ({ state }) => state === 'sent')
  assert.equal(await far.count(), 3)
  type Job = { Content: { RemoteAet?: string }; State: string }
  const jobs = ((await gateway.get('jobs?expand')) as Job[]).filter(({ Content }) => Content.RemoteAet === 'FAR')
  assert.deepEqual(
    jobs.map(({ State }) => State),
    ['Success', 'Success'],
    'the one that failed was made to run again',
  )
})
