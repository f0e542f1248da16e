/** A disk that stalls, here a pipe that nobody reads, under an upload of which everything has come. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import express from 'express'
import type { Received } from '../service/identify.ts'
import { receiveUpload } from './upload.ts'

const SCAN = Buffer.from('a scan')

function multipart() {
  const part = '--b\r\nContent-Disposition: form-data; name="t1"; filename="a"\r\n\r\n'
  const body = Buffer.concat([Buffer.from(part), SCAN, Buffer.from('\r\n--b--\r\n')])
  return { path: '/', type: 'multipart/form-data; boundary=b', body }
}

const raw = () => ({ path: '/?channel=t1', type: 'application/octet-stream', body: SCAN })

for (const [name, upload] of Object.entries({ multipart, raw })) {
  test(`${name}: an upload that came whole is taken however long the disk stalls with it`, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'onelabel-stalled-'))
    t.after(() => rmSync(dir, { recursive: true }))
    const file = join(dir, 't1.upload')
    execFileSync('mkfifo', [file])
    const stalled = Promise.withResolvers<void>()
    const taken = Promise.withResolvers<Received>()
    const app = express().post('/', (req, res) => {
      req.once('close', () => stalled.resolve())
      const receiving = receiveUpload(req, res, dir, { maxUploadBytes: 1_000, channels: ['t1'] })
      receiving.then(taken.resolve, taken.reject)
      receiving.then(
        () => res.end(),
        () => res.destroy(),
      )
    })
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { path, type, body } = upload()
    const { port } = server.address() as AddressInfo
    const req = request({
      port,
      path,
      method: 'POST',
      headers: { 'Content-Type': type, 'Content-Length': body.length },
    })
    const answered = once(req, 'response')
    req.end(body)
    await stalled.promise
    t.mock.timers.tick(3_600_000)
    const [written, { scans }] = await Promise.all([readFile(file), taken.promise])
    const sha256 = createHash('sha256').update(SCAN).digest('hex')
    assert.deepEqual([written, scans], [SCAN, { t1: { path: file, bytes: SCAN.length, sha256 } }])
    const [response] = await answered
    response.resume()
    assert.equal(response.statusCode, 200)
  })
}
