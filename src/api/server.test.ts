/** The server with TLS, against Node's own client and openssl's certificate. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect } from 'node:tls'
import { makeCertificate, noOpenssl } from '../../test/fixtures/certificate.ts'
import { readTls } from '../security/tls.ts'
import { createHttpServer } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-tls-'))
after(() => rmSync(folder, { recursive: true }))

test('with a certificate it answers over TLS 1.2 and 1.3, and refuses 1.1', { skip: noOpenssl }, async () => {
  const { cert, key } = makeCertificate(folder)
  const tls = await readTls({ tlsCert: cert, tlsKey: key })
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
    const read = await readTls({ tlsCert, tlsKey })
    assert.ok(!read.ok)
    return read.reason
  }
  assert.equal(await reasonOf(join(folder, 'none'), key), 'ONELABEL_TLS_CERT: cannot be used (ENOENT)')
  assert.equal(await reasonOf(cert, join(folder, 'none')), 'ONELABEL_TLS_KEY: cannot be used (ENOENT)')
  assert.match(await reasonOf(broken, key), /^ONELABEL_TLS_CERT and ONELABEL_TLS_KEY: cannot be used/)
  assert.match(await reasonOf(cert, other.key), /KEY_VALUES_MISMATCH/)
  assert.deepEqual(await readTls({ tlsCert: null, tlsKey: null }), { ok: true, value: null })
})
