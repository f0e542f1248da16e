/** In a file, and so a process, of its own: the highest memory use so far must be this test's. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { buildNifti } from '../../test/fixtures/nifti.ts'
import { readNifti } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-memory-'))
after(() => rmSync(folder, { recursive: true }))

test('a float64 volume of 128 MiB costs the 64 MiB of its float32 and a few chunks', async () => {
  const shape = [256, 256, 256]
  const plane = Buffer.from(Float64Array.from({ length: 256 * 256 }, (_, n) => n % 1000).buffer)
  const head = buildNifti({ dim: [3, ...shape], datatype: 64, data: [] })
  const path = join(folder, 'scan')
  // one gzip member for the header and one for each plane
  writeFileSync(path, Buffer.concat([gzipSync(head), ...Array<Buffer>(256).fill(gzipSync(plane))]))
  const before = process.resourceUsage().maxRSS
  const scan = await readNifti(path, { maxFileBytes: 1e8, maxInflatedBytes: 2e8, maxVoxels: 2e7 })
  const grownMiB = (process.resourceUsage().maxRSS - before) / 1024
  assert.equal(scan.volume.data[255 * 65536 + 999], 999)
  assert.ok(grownMiB > 60, `${grownMiB} MiB: the test measures nothing`)
  assert.ok(grownMiB < 64 + 16, `${grownMiB} MiB`)
})
