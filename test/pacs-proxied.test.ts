/**
 * Debian's nginx between us and a real Orthanc: most archives stand behind a proxy, which refuses, waits and gives up by
 * itself. The object is larger than what nginx takes at once, so that it answers while we are still sending.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { encodeElement } from '../src/dicom/write-data-set.ts'
import type { DestinationConfig } from '../src/pacs/config.ts'
import { parcelOf } from '../src/pacs/deliver.ts'
import { openPacs } from '../src/pacs/open-pacs.ts'
import { openDirectoryBlobs } from '../src/store/blobs-directory.ts'
import { makeCertificate, noOpenssl } from './fixtures/certificate.ts'
import { dicomSeries, T1 } from './fixtures/dicom-study.ts'
import { startMuteArchive } from './fixtures/mute-archive.ts'
import { noNginx, plainServer, startNginx } from './fixtures/nginx.ts'
import { noOrthanc, startOrthanc } from './fixtures/orthanc.ts'
import { failedWith, openOutbox, stow } from './fixtures/outbox.ts'
import { startTestService, until } from './fixtures/service.ts'

const skip = noOrthanc || noNginx
const folder = mkdtempSync(join(tmpdir(), 'onelabel-proxied-'))
after(() => rmSync(folder, { recursive: true }))
/** nginx takes 1 MB where nothing is said. */
const ANY_SIZE = 'client_max_body_size 0;'

const file = join(folder, 'large.dcm')
// PS3.10, 7.2: what stands in Data Set Trailing Padding is nobody's.
const padding = encodeElement('FFFCFFFC', 'OB', Buffer.alloc(8 * 2 ** 20))
writeFileSync(file, Buffer.concat([dicomSeries(T1)[0]!, padding]))
const STUDY = { studyUid: '1.2.3', series: [{ uid: '1.2.3.1', sopUids: ['1.2.3.1.1'], files: [file] }] }

/** An Orthanc, and where it is called through nginx. @param more directives of the location */
async function startProxied(t: TestContext, more: string) {
  const orthanc = await startOrthanc(t)
  const base = await startNginx(t, 0, plainServer('/', orthanc.url.origin, more))
  return { orthanc, url: `${base}/dicom-web/` }
}

test('TLS of an authority of its own, with a client certificate: who shows none, or another, is refused', {
  skip: skip || noOpenssl,
}, async (t) => {
  const authority = makeCertificate(folder, 'authority')
  const clients = makeCertificate(folder, 'clients')
  const server = makeCertificate(folder, 'server', authority)
  const ours = makeCertificate(folder, 'ours', clients)
  const orthanc = await startOrthanc(t)
  const tls = `ssl_certificate ${server.cert}; ssl_certificate_key ${server.key};`
  const asked = `ssl_client_certificate ${clients.cert}; ssl_verify_client on;`
  const location = `location /pacs/ { proxy_pass ${orthanc.dicomWebUrl}; ${ANY_SIZE} }`
  const plain = await startNginx(t, 0, (port) => `server { listen 127.0.0.1:${port} ssl; ${tls} ${asked} ${location} }`)
  const url = `${plain.replace('http:', 'https:')}/pacs/`
  const caFile = authority.cert
  const box = await openOutbox(t, STUDY, [
    { ...stow('ours', url), tls: { caFile, certFile: ours.cert, keyFile: ours.key } },
    { ...stow('none', url), tls: { caFile } },
    // The certificate comes from the authority of servers, not from that of clients.
    { ...stow('another', url), tls: { caFile, certFile: server.cert, keyFile: server.key } },
    { ...stow('distrusting', url), tls: { caFile: clients.cert, certFile: ours.cert, keyFile: ours.key } },
    stow('plain', `${plain}/pacs/`),
  ])
  for (const name of ['none', 'another', 'plain']) {
    const { state, lastError } = await box.becomes(await box.post(name), (effect) => effect.lastError !== null)
    assert.deepEqual([state, lastError], ['dead', `${name} refuses it (refused, HTTP 400)`])
  }
  const distrusting = await box.becomes(await box.post('distrusting'), failedWith('tls-failed'))
  assert.equal(distrusting.state, 'pending')
  assert.equal(await orthanc.count(), 0)
  const delivered = await box.becomes(await box.post('ours'), ({ state }) => state !== 'pending' && state !== 'sending')
  assert.deepEqual([delivered.state, delivered.tries, delivered.lastError], ['verified', 1, null])
  assert.equal(await orthanc.count(), 1)
})

test('what is larger than nginx takes is dead, and /v1/effects says why', { skip }, async (t) => {
  const { orthanc, url } = await startProxied(t, '')
  const path = join(folder, 'pacs.json')
  writeFileSync(path, JSON.stringify({ destinations: [{ name: 'back', kind: 'stow', url }] }))
  const opened = await openPacs(path, [])
  if (!opened.ok) throw new Error(opened.faults.join())
  const service = await startTestService({}, undefined, opened.pacs)
  t.after(() => service.close())
  const jobId = randomUUID()
  const blobKey = `${jobId}/seg.dcm`
  const copy = join(folder, jobId)
  copyFileSync(file, copy)
  await (await openDirectoryBlobs(join(service.dataDir, 'blobs'))).put(blobKey, copy)
  const uids = { studyInstanceUid: '1.2.3', seriesInstanceUid: '1.2.3.1', sopInstanceUid: '1.2.3.1.1' }
  const parcel = { blobKey, ...uids, sopClassUid: '1.2.840.10008.5.1.4.1.1.4' }
  await service.store.effects.post([parcelOf(jobId, 'back', parcel)])
  type Listed = { readonly effects: readonly { kind: string; target: string; tries: number; lastError: string }[] }
  const dead = async () => ((await (await fetch(`${service.base}/v1/effects?state=dead`)).json()) as Listed).effects
  await until(async () => (await dead()).length > 0)
  const [{ kind, target, tries, lastError }] = (await dead()) as [Listed['effects'][number]]
  assert.deepEqual([kind, target, tries], ['pacs', 'back', 1])
  assert.equal(lastError, 'back takes nothing so large (too-large, HTTP 413)')
  assert.equal(await orthanc.count(), 0)
})

test('where nginx gives up before the archive answers, a search finds what was stored: it is sent once', {
  skip,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  const archive = await startMuteArchive(t, orthanc.url)
  const gives = `${ANY_SIZE} proxy_read_timeout 1s;`
  const base = await startNginx(t, 0, plainServer('/', `http://127.0.0.1:${archive.port}`, gives))
  const box = await openOutbox(t, STUDY, [stow('slow', `${base}/dicom-web/`)])
  await box.becomes(await box.post('slow'), ({ state }) => state === 'verified')
  assert.deepEqual([archive.stows(), await orthanc.count()], [1, 1])
})

test('503 of nginx for a while, then an archive that is not up behind it: delivered once when both are there', {
  skip,
}, async (t) => {
  const open = join(folder, 'open')
  const { orthanc, url } = await startProxied(t, `${ANY_SIZE} if (!-f ${open}) { return 503; }`)
  const box = await openOutbox(t, STUDY, [stow('back', url)])
  const job = await box.post('back')
  await box.becomes(job, failedWith('back is busy (busy, HTTP 503)'))
  await orthanc.stop()
  writeFileSync(open, '')
  await box.becomes(job, failedWith('back met an error of its own (failed, HTTP 502)'))
  await orthanc.start()
  await box.becomes(job, ({ state }) => state === 'verified')
  assert.equal(await orthanc.count(), 1)
})

test('a password that nginx does not take is dead as unauthorised, and so is none', { skip }, async (t) => {
  const users = join(folder, 'users')
  writeFileSync(users, 'onelabel:{PLAIN}right\n')
  const { orthanc, url } = await startProxied(t, `${ANY_SIZE} auth_basic archive; auth_basic_user_file ${users};`)
  const as = (name: string): DestinationConfig => {
    const passwordFile = join(folder, name)
    writeFileSync(passwordFile, `${name}\n`)
    return { ...stow(name, url), username: 'onelabel', passwordFile }
  }
  const box = await openOutbox(t, STUDY, [as('right'), as('wrong'), stow('none', url)])
  for (const name of ['wrong', 'none']) {
    const { state, lastError } = await box.becomes(await box.post(name), (effect) => effect.lastError !== null)
    assert.deepEqual([state, lastError], ['dead', `${name} does not let us in (unauthorised, HTTP 401)`])
  }
  assert.equal(await orthanc.count(), 0)
  await box.becomes(await box.post('right'), ({ state }) => state === 'verified')
  assert.equal(await orthanc.count(), 1)
})
