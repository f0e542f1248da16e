/** The server with TLS, against Node's own client and openssl's certificate. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { makeCertificate, noOpenssl } from '../../test/fixtures/certificate.ts'
import { openTls } from '../security/tls.ts'
import { createLog } from '../telemetry/log.ts'
import { createHttpServer } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-tls-'))
after(() => rmSync(folder, { recursive: true }))

test('with a certificate it answers over TLS 1.2 and 1.3, and refuses 1.1', { skip: noOpenssl }, async () => {
  const { cert, key } = makeCertificate(folder)
  const tls = await openTls({ tlsCert: cert, tlsKey: key }, createLog('silent'))
  assert.ok(tls.ok)
  const server = createHttpServer((_req, res) => void res.end('yes'), 1000, tls.value)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ca = readFileSync(cert)
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const request = get({ host: '127.0.0.1', port, ca, minVersion: version, maxVersion: version, agent: false })
    const [response] = await once(request, 'response')
    assert.equal(response.statusCode, 200)
    response.resume()
  }
  const ciphers = 'ALL:@SECLEVEL=0' // or the client itself would not offer 1.1
  const old = connect({ host: '127.0.0.1', port, ca, ciphers, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
  const [error] = await once(old, 'error')
  assert.equal(error.code, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
  server.close()
  server.closeAllConnections()
})

test('a certificate that is missing, broken or of another key is named before the start', {
  skip: noOpenssl,
}, async () => {
  const { cert, key } = makeCertificate(folder, 'a')
  const other = makeCertificate(folder, 'b')
  const broken = join(folder, 'broken.pem')
  writeFileSync(broken, 'not PEM')
  const reasonOf = async (tlsCert: string, tlsKey: string) => {
    const read = await openTls({ tlsCert, tlsKey }, createLog('silent'))
    assert.ok(!read.ok)
    return read.reason
  }
  assert.equal(await reasonOf(join(folder, 'none'), key), 'ONELABEL_TLS_CERT: cannot be used (ENOENT)')
  assert.equal(await reasonOf(cert, join(folder, 'none')), 'ONELABEL_TLS_KEY: cannot be used (ENOENT)')
  assert.match(await reasonOf(broken, key), /^ONELABEL_TLS_CERT and ONELABEL_TLS_KEY: cannot be used/)
  assert.match(await reasonOf(cert, other.key), /KEY_VALUES_MISMATCH/)
  assert.deepEqual(await openTls({ tlsCert: null, tlsKey: null }, createLog('silent')), { ok: true, value: null })
})

test('a new certificate is that of the next connection; half of a pair, or a wrong one, changes nothing and is logged', {
  skip: noOpenssl,
}, async (t) => {
  const [old, next] = [makeCertificate(folder, 'old'), makeCertificate(folder, 'next')]
  const [tlsCert, tlsKey] = [join(folder, 'live.crt'), join(folder, 'live.key')]
  copyFileSync(old.cert, tlsCert)
  copyFileSync(old.key, tlsKey)
  const lines: string[] = []
  const tls = await openTls({ tlsCert, tlsKey }, createLog('info', { write: (line) => void lines.push(line) }))
  assert.ok(tls.ok && tls.value !== null)
  const { refresh, close } = tls.value
  close() // of the poll; the test looks by hand
  const server = createHttpServer((_req, res) => void res.end('yes'), 1000, tls.value)
  server.listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = async (): Promise<TLSSocket> => {
    const socket = connect({ host: '127.0.0.1', port, ca: [readFileSync(old.cert), readFileSync(next.cert)] })
    await once(socket, 'secureConnect')
    return socket
  }
  const pemOf = (socket: TLSSocket) => socket.getPeerX509Certificate()?.toString().trim()
  const pem = (path: string) => readFileSync(path, 'utf8').trim()
  const servedNow = async () => {
    const socket = await open()
    const served = pemOf(socket)
    socket.destroy()
    return served
  }

  const early = await open()
  assert.equal(pemOf(early), pem(old.cert))
  copyFileSync(next.cert, tlsCert)
  await refresh()
  assert.equal(await servedNow(), pem(old.cert), 'the key has not come yet')
  writeFileSync(tlsKey, pem(next.key).slice(0, 100))
  await refresh()
  rmSync(tlsKey)
  await refresh()
  assert.equal(await servedNow(), pem(old.cert))
  copyFileSync(next.key, tlsKey)
  await refresh()
  assert.equal(await servedNow(), pem(next.cert))

  early.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.match(String((await once(early, 'data'))[0]), /^HTTP\/1\.1 200/)
  early.destroy()
  const ciphers = 'ALL:@SECLEVEL=0'
  const tooOld = connect({ host: '127.0.0.1', port, ciphers, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
  assert.equal((await once(tooOld, 'error'))[0].code, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
  const said = lines.map((line) => JSON.parse(line)).map(({ level, reason = '' }) => `${level} ${reason}`.trim())
  assert.equal(said.length, 4)
  assert.match(said[0]!, /^error cannot be used \(ERR_OSSL_X509_KEY_VALUES_MISMATCH\)$/)
  assert.match(said[1]!, /^error cannot be used \(/)
  assert.equal(said[2], 'error cannot be read (ENOENT)')
  assert.equal(said[3], 'info')
})
