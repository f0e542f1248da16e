import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import express from 'express'
import { makeCertificate, noOpenssl } from '../../test/fixtures/certificate.ts'
import { PATIENCE_MS } from '../../test/fixtures/patience.ts'
import type { Tls } from '../security/tls.ts'
import { lingerUnlessWhole } from './linger.ts'
import { createHttpServer } from './server.ts'

const ANSWER = 'a'.repeat(100_000)
const app = express().post('/', (req, res) => {
  lingerUnlessWhole(req, res)
  res.status(413).send(ANSWER)
})

for (const scheme of ['http', 'https']) {
  const skip = scheme === 'https' && noOpenssl
  test(`${scheme}: a client that reads only once it has sent all still reads the whole answer`, { skip }, async (t) => {
    const server = createHttpServer(app, PATIENCE_MS, scheme === 'https' ? tls(t) : null).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const options = { port, host: '127.0.0.1', allowHalfOpen: true, rejectUnauthorized: false }
    const socket = scheme === 'https' ? connectTls(options) : connectPlain(options)
    await once(socket, scheme === 'https' ? 'secureConnect' : 'connect')
    socket.pause()
    const bytes = 8_000_000
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`)
    for (let sent = 0; sent < bytes; sent += 100_000) {
      await new Promise<void>((resolve, reject) => {
        socket.write(Buffer.alloc(100_000), (error) => (error ? reject(error) : resolve()))
      })
    }
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.resume()
    await once(socket, 'end')
    socket.end()
    assert.match(text, /^HTTP\/1\.1 413 [\s\S]*\r\nConnection: close\r\n/)
    assert.ok(text.endsWith(ANSWER))
  })
}

function tls(t: { after(run: () => void): void }): Tls {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-linger-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { cert, key } = makeCertificate(folder)
  const files = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  return { current: () => files, onChange: () => {}, refresh: async () => {}, close: () => {} }
}
