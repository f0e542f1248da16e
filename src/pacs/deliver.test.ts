/** The outbox: a real dispatcher and store, to real Orthancs and to servers that do what archives were seen to do. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { named, startArchive } from '../../test/fixtures/archive.ts'
import { freePort } from '../../test/fixtures/free-port.ts'
import { makeStudy, PLANTED, type Written } from '../../test/fixtures/made-study.ts'
import { noOrthanc, startOrthanc } from '../../test/fixtures/orthanc.ts'
import { failedWith, openOutbox, stow } from '../../test/fixtures/outbox.ts'
import { pydicomMissing } from '../../test/fixtures/pydicom.ts'
import type { DestinationConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-deliver-'))
after(() => rmSync(folder, { recursive: true }))
const skip = noOrthanc || pydicomMissing
let made: Written
before(() => {
  if (pydicomMissing === false) made = makeStudy(folder, { series: [{ instances: 3 }] })
})
const first = () => made.series[0]!.sopUids[0]!

test('STOW: stored and found is verified; while it is down it waits, holding up no other, and is there once after', {
  skip,
}, async (t) => {
  const near = await startOrthanc(t)
  const far = await startOrthanc(t)
  const box = await openOutbox(t, made, [stow('near', near.dicomWebUrl), stow('far', far.dicomWebUrl)])
  await far.stop()
  const waiting = await box.post('far')
  const done = await box.post('near')
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
  const box = await openOutbox(t, made, [stow('there', orthanc.dicomWebUrl)])
  const garbage = await box.post('there', 1, {}, import.meta.filename)
  const { state, lastError } = await box.becomes(garbage, (effect) => effect.lastError !== null)
  assert.deepEqual([state, lastError], ['dead', 'there refuses it (refused, HTTP 400)'])
  const elsewhere = await box.post('there', 0, { studyInstanceUid: '1.2.3' })
  await box.becomes(elsewhere, failedWith('not-processed, HTTP 409, reason 0110'))
  assert.equal(await orthanc.count(), 0)
})

test('an archive that says 200 and stores nothing is not believed', { skip: pydicomMissing }, async (t) => {
  const archive = await startArchive(t, [
    (res) => void res.writeHead(200).end('{}'),
    (res) => named(first(), res),
    (res, keep) => {
      keep()
      named(first(), res)
    },
  ])
  const box = await openOutbox(t, made, [stow('there', `${archive.origin}/`)])
  const job = await box.post('there')
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
    const box = await openOutbox(t, made, [stow('there', `${archive.origin}/`)])
    await box.becomes(await box.post('there'), ({ state }) => state === 'verified')
    assert.equal(archive.stows(), 1)
  }
})

test('one that broke off without storing it is sent to again, after a look', { skip: pydicomMissing }, async (t) => {
  const archive = await startArchive(t, [
    (res) => void res.destroy(),
    (res, keep) => {
      keep()
      named(first(), res, 202)
    },
  ])
  const box = await openOutbox(t, made, [stow('there', `${archive.origin}/`)])
  const job = await box.post('there')
  assert.equal((await box.becomes(job, ({ state }) => state === 'verified')).tries, 2)
  assert.equal(archive.stows(), 2)
})

test('without searches an answer that names the instance is all there is: sent, not verified', {
  skip: pydicomMissing,
}, async (t) => {
  const archive = await startArchive(t, [(res) => named(first(), res)])
  const box = await openOutbox(t, made, [{ ...stow('there', `${archive.origin}/`), verify: 'none' }])
  await box.becomes(await box.post('there'), ({ state }) => state === 'sent')
})

test('a destination that is not there any more, and an object that is gone, are dead', {
  skip: pydicomMissing,
}, async (t) => {
  const box = await openOutbox(t, made, [stow('there', `http://127.0.0.1:${await freePort()}/`)])
  const nowhere = await box.post('elsewhere')
  assert.match(
    (await box.becomes(nowhere, ({ state }) => state === 'dead')).lastError ?? '',
    /no destination elsewhere/,
  )
  const gone = await box.post('there', 1, { blobKey: `${randomUUID()}/gone.dcm` })
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
  const via = (name: string, to: object) =>
    ({ kind: 'orthanc', verify: 'none', name, url: gateway.url, ...to }) as DestinationConfig
  const box = await openOutbox(t, made, [
    via('modality', { modality: 'far' }),
    via('peer', { peer: 'friend' }),
    via('wrong', { modality: 'wrong' }),
    via('none', { modality: 'none' }),
    via('asked', { modality: 'far', verify: 'find' }),
  ])
  await box.becomes(await box.post('modality'), ({ state }) => state === 'sent')
  await box.becomes(await box.post('peer', 1), ({ state }) => state === 'sent')
  assert.equal(await far.count(), 2)
  await box.becomes(await box.post('asked'), ({ state }) => state === 'verified')
  assert.equal(await far.count(), 2)

  const none = await box.becomes(await box.post('none'), ({ state }) => state === 'dead')
  assert.match(none.lastError ?? '', /modalities have no none/)
  await box.becomes(await box.post('wrong'), failedWith('peer-unreachable, Orthanc error 9'))

  await far.stop()
  const late = await box.post('asked', 2)
  await box.becomes(late, failedWith('peer-unreachable, Orthanc error 9'))
  await box.becomes(late, failedWith('peer-unreachable, C-FIND'))
  await far.start()
  await box.becomes(late, ({ state }) => state === 'verified')
  assert.equal(await far.count(), 3)
  type Job = { Content: { RemoteAet?: string }; State: string }
  const jobs = ((await gateway.get('jobs?expand')) as Job[]).filter(({ Content }) => Content.RemoteAet === 'FAR')
  assert.deepEqual(
    jobs.map(({ State }) => State),
    ['Success', 'Success', 'Success'],
    'the one that failed was made to run again',
  )
})
