/** Searching, fetching and storing at a real Orthanc, and at servers on loopback that do what archives were seen to do. */
import assert from 'node:assert/strict'
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { makeStudy, newUid, sendBySCU, type Written } from '../../test/fixtures/made-study.ts'
import { noOrthanc, startOrthanc } from '../../test/fixtures/orthanc.ts'
import { pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { startReceiver } from '../../test/fixtures/webhook-receiver.ts'
import { type DeliveryCode, PacsError } from './delivery-code.ts'
import { openPeer, type Peer } from './peer.ts'
import { findInstances, findSeries, findStudies, isFound } from './qido.ts'
import { intoFolder } from './sink.ts'
import { store } from './stow.ts'
import { pullSeries } from './wado.ts'

const skip = noOrthanc || pydicomMissing
const folder = mkdtempSync(join(tmpdir(), 'onelabel-dicomweb-'))
after(() => rmSync(folder, { recursive: true }))
const never = new AbortController().signal
const ROOM = { parts: 1000, partBytes: 2 ** 20 }
const MR = '1.2.840.10008.5.1.4.1.1.4'
let study: Written
let late: Written
before(() => {
  if (skip !== false) return
  mkdirSync(join(folder, 'late'))
  study = makeStudy(folder, { series: [{ instances: 5, description: 'T1' }, { instances: 230 }] })
  late = makeStudy(join(folder, 'late'), { uid: study.studyUid, series: [{ instances: 1, number: 3 }] })
})

async function peerOf(t: TestContext, url: URL | string): Promise<Peer> {
  const peer = await openPeer({ kind: 'stow', verify: 'qido', name: 'there', url: new URL(url) })
  t.after(peer.close)
  return peer
}
const pacsError = (code: DeliveryCode) => (error: unknown) => {
  assert.ok(error instanceof PacsError, String(error))
  assert.equal(error.code, code)
  return true
}
const read = (path: string) => ({ stream: createReadStream(path), sizeBytes: statSync(path).size })

test('a study at Orthanc is found, counted, fetched byte for byte, and added to', { skip }, async (t) => {
  const orthanc = await startOrthanc(t)
  const [few, many] = study.series as [Written['series'][number], Written['series'][number]]
  sendBySCU(orthanc, few.files)
  for (const file of many.files) await orthanc.post('instances', readFileSync(file))
  const peer = await peerOf(t, orthanc.dicomWebUrl)

  await t.test('searches give what was sent, over more than one page', async () => {
    const dates = { from: '20200101', to: '29991231' }
    assert.deepEqual(await findStudies(peer, dates, never), [{ studyInstanceUid: study.studyUid, instances: 235 }])
    assert.deepEqual(await findStudies(peer, { from: '20200101', to: '20200102' }, never), [])
    const series = await findSeries(peer, study.studyUid, never)
    const shown = series.map(({ seriesInstanceUid, ...rest }) => [seriesInstanceUid, Object.values(rest)])
    assert.deepEqual(
      new Map(shown as [string, unknown][]),
      new Map([
        [few.uid, ['MR', 1, 'T1', 'made', 5]],
        [many.uid, ['MR', 2, 'made', 'made', 230]],
      ]),
    )
    assert.deepEqual(await findSeries(peer, newUid(), never), [])
    const instances = await findInstances(peer, study.studyUid, many.uid, never)
    assert.deepEqual([...instances].sort(), [...many.sopUids].sort())
  })

  await t.test('every instance comes as it was sent', async () => {
    const into = join(folder, 'pulled')
    mkdirSync(into)
    assert.equal(
      await pullSeries(peer, { study: study.studyUid, series: many.uid }, intoFolder(into), ROOM, never),
      230,
    )
    // The preamble and the meta header are Orthanc's own; what follows is what was sent.
    const dataOf = (path: string) => {
      const bytes = readFileSync(path)
      return bytes.subarray(144 + bytes.readUInt32LE(140)).toString('base64')
    }
    const got = readdirSync(into).map((name) => dataOf(join(into, name)))
    assert.deepEqual(got.sort(), many.files.map(dataOf).sort())
  })

  await t.test('a series that is not there, or is larger than it may be, is told as that', async () => {
    const pull = (series: string, limits = ROOM) =>
      pullSeries(peer, { study: study.studyUid, series }, async () => {}, limits, never)
    await assert.rejects(pull(newUid()), pacsError('not-there'))
    await assert.rejects(pull(few.uid, { ...ROOM, parts: 4 }), pacsError('too-large'))
    await assert.rejects(pull(few.uid, { ...ROOM, partBytes: 100 }), pacsError('too-large'))
  })

  await t.test('an instance is stored, found, and stored again without becoming two', async () => {
    const [{ uid, sopUids, files }] = late.series as [Written['series'][number]]
    const ids = { study: study.studyUid, series: uid, sopInstanceUid: sopUids[0]! }
    assert.equal(await isFound(peer, ids, never), false)
    for (let time = 0; time < 2; time++) {
      const { code } = await store(peer, { ...ids, sopClassUid: MR }, read(files[0]!), never)
      assert.ok(code === 'stored' || code === 'warning', code)
      assert.equal(await isFound(peer, ids, never), true)
      assert.equal(await orthanc.count(), 236)
    }
  })

  await t.test('an instance of another study is not stored', async () => {
    const [{ sopUids, files }] = late.series as [Written['series'][number]]
    const elsewhere = { study: newUid(), sopInstanceUid: sopUids[0]!, sopClassUid: MR }
    const { code, detail } = await store(peer, elsewhere, read(files[0]!), never)
    assert.deepEqual([code, detail], ['not-processed', 'HTTP 409, reason 0110'])
    assert.equal(await orthanc.count(), 236)
  })
})

test('a server that gives fewer at a time than it is asked for is asked until there are no more', async (t) => {
  const all = Array.from({ length: 250 }, (_, n) => ({ '00080018': { vr: 'UI', Value: [`2.25.${n + 1}`] } }))
  const server = await startReceiver(t, {
    answer: (res, req) => {
      const offset = Number(new URL(req.url!, 'http://x').searchParams.get('offset'))
      res.end(JSON.stringify(all.slice(offset, offset + 100)))
    },
  })
  const peer = await peerOf(t, `${server.origin}/`)
  assert.equal((await findInstances(peer, '1.2', '1.2.3', never)).length, 250)
})

test('a server that knows no offset is not asked for ever', async (t) => {
  const all = [1, 2, 3].map((n) => ({ '00080018': { vr: 'UI', Value: [`2.25.${n}`] } }))
  const server = await startReceiver(t, { answer: (res) => void res.end(JSON.stringify(all)) })
  const peer = await peerOf(t, `${server.origin}/`)
  assert.deepEqual(await findInstances(peer, '1.2', '1.2.3', never), ['2.25.1', '2.25.2', '2.25.3'])
})

test('a series that breaks off, or is something else, is never taken for a whole one', async (t) => {
  const type = 'multipart/related; type="application/dicom"; boundary=B'
  const answers: [type: string, body: string][] = [
    [type, '--B\r\nContent-Type: application/dicom\r\n\r\none\r\n--B\r\nContent-Type: application/dicom\r\n\r\ntw'],
    [type, '--B\r\nContent-Type: text/html\r\n\r\nsorry\r\n--B--'],
    ['text/html', 'sorry'],
  ]
  const server = await startReceiver(t, {
    answer: (res) => {
      const [contentType, body] = answers.shift()!
      res.writeHead(200, { 'Content-Type': contentType }).end(body)
    },
  })
  const peer = await peerOf(t, `${server.origin}/`)
  const pull = () =>
    pullSeries(peer, { study: '1.2', series: '1.2.3' }, intoFolder(mkdtempSync(join(folder, 'p-'))), ROOM, never)
  await assert.rejects(pull(), pacsError('broken-off'))
  await assert.rejects(pull(), pacsError('not-told'))
  await assert.rejects(pull(), pacsError('not-told'))
})

test('a search that is answered with a page of HTML is told as that, and its text is not repeated', async (t) => {
  const server = await startReceiver(t, { answer: (res) => void res.end('<p>PLANTED^NAME') })
  const peer = await peerOf(t, `${server.origin}/`)
  const error = await findSeries(peer, '1.2', never).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof PacsError && error.code === 'not-told')
  assert.ok(!error.message.includes('PLANTED'))
})
