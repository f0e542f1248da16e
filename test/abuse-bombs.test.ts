/** Gzip bombs sent to the service as it is run, with its real compute child: input → answer, and what it cost. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { buildNifti } from './fixtures/nifti.ts'
import { until } from './fixtures/service.ts'
import { makeTinyModel, tinyScan } from './fixtures/tiny-model.ts'

const MIB = 2 ** 20
let folder: string
let service: ReturnType<typeof spawn>
let base: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-bombs-'))
  await makeTinyModel(join(folder, 'models'))
  const env = {
    PATH: process.env['PATH'] ?? '',
    ONELABEL_PORT: '0',
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_DEVICE: 'cpu',
    ONELABEL_MAX_INFLATED_BYTES: `${64 * MIB}`,
    ONELABEL_MAX_VOXELS: `${256 ** 3}`,
  }
  const main = resolve(import.meta.dirname, '../src/main.ts')
  service = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: service.stdout! })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port: number }
    base = `http://127.0.0.1:${port}`
    if (msg === 'listening') break
  }
  service.stdout!.resume()
  await until(async () => (await fetch(`${base}/readyz`)).status === 200)
})
after(async () => {
  service.kill('SIGKILL')
  await once(service, 'close')
  rmSync(folder, { recursive: true })
})

const zeros16MiB = gzipSync(Buffer.alloc(16 * MIB))
/** `head`, then 1 GiB of zeros, as gzip members (RFC 1952, 2.2): about 1 MB. */
const bomb = (head: Buffer) => Buffer.concat([gzipSync(head), ...Array<Buffer>(64).fill(zeros16MiB)])
const scanOf = (edge: number, datatype: number) =>
  buildNifti({ dim: [3, edge, edge, edge], pixdim: [1, 1, 1, 1], datatype, data: Buffer.alloc(0) })

const BOMBS: readonly [what: string, bytes: () => Buffer, status: number, code: string | undefined][] = [
  ['1 GiB of zeros', () => bomb(Buffer.alloc(0)), 415, 'not-nifti'],
  ['a bomb within a gzip file', () => gzipSync(bomb(Buffer.alloc(0))), 415, 'not-nifti'],
  ['a header of 800³ bytes before it', () => bomb(scanOf(800, 2)), 413, 'too-many-voxels'],
  ['a header of 256³ float64 (128 MiB) before it', () => bomb(scanOf(256, 64)), 413, 'inflated-too-large'],
  ['a right small scan before it', () => bomb(tinyScan(24)), 200, undefined],
]
for (const [what, bytes, status, code] of BOMBS) {
  test(`gzip bomb: ${what} → ${status} ${code ?? ''}, within 64 MiB more than before`, async (t) => {
    const body = bytes()
    assert.ok(body.length < 3 * MIB)
    const beforeMib = peakMib()
    const response = await fetch(`${base}/v1/segmentations?channel=t1`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: new Uint8Array(body),
    })
    const answer = await response.bytes()
    assert.equal(response.status, status, Buffer.from(answer).toString())
    if (code !== undefined) assert.equal(JSON.parse(Buffer.from(answer).toString()).code, code)
    if (beforeMib === null) return t.diagnostic('no /proc here: memory was not looked at')
    const grownMib = (peakMib() ?? 0) - beforeMib
    assert.ok(grownMib < 64, `${grownMib} MiB`)
  })
}

test('after the bombs the service is as before: ready, and the next scan is segmented', async () => {
  const body = new FormData()
  body.set('t1', new Blob([new Uint8Array(tinyScan(24))]), 'a.nii')
  assert.equal((await fetch(`${base}/v1/segmentations`, { method: 'POST', body })).status, 200)
  assert.equal((await fetch(`${base}/readyz`)).status, 200)
})

/** The most memory that the service and its compute child ever held together; null where /proc does not tell. */
function peakMib(): number | null {
  const children = `/proc/${service.pid}/task/${service.pid}/children`
  if (!existsSync(children)) return null
  const pids = [String(service.pid), ...readFileSync(children, 'utf8').trim().split(/\s+/)]
  const peaks = pids.map((pid) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]))
  return peaks.reduce((sum, kib) => sum + kib, 0) / 1024
}
