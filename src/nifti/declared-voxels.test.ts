import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { buildNifti } from '../../test/fixtures/nifti.ts'
import { declaredVoxels } from './declared-voxels.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-voxels-'))
after(() => rmSync(folder, { recursive: true }))

function voxelsOf(bytes: Buffer): Promise<number | undefined> {
  const path = join(folder, 'scan')
  writeFileSync(path, bytes)
  return declaredVoxels(path)
}

const scan = buildNifti({ dim: [3, 4, 5, 6], data: Array.from({ length: 120 }, (_, n) => n) })

test('a scan of 4 × 5 × 6 voxels has 120, whether packed or not', async () => {
  assert.deepEqual([await voxelsOf(scan), await voxelsOf(gzipSync(scan))], [120, 120])
})

test('what has no header that can be read has no number either', async () => {
  for (const wrong of [Buffer.alloc(0), Buffer.from('scan'), scan.subarray(0, 300), gzipSync(scan).subarray(0, 20)]) {
    assert.equal(await voxelsOf(wrong), undefined)
  }
})
