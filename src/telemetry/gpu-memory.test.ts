/** A script in the place of nvidia-smi: what it is asked, and what is made of its answers. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gpuMemoryUsedBytes } from './gpu-memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-gpu-'))
after(() => rmSync(folder, { recursive: true }))

function tool(script: string): string {
  const path = join(folder, 'nvidia-smi')
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return path
}

test('two GPUs with 512 and 1024 MiB in use are 1.5 GiB', async () => {
  const path = tool(`test "$*" = "--query-gpu=memory.used --format=csv,noheader,nounits" && printf '512\\n1024\\n'`)
  assert.equal(await gpuMemoryUsedBytes(path), 1.5 * 2 ** 30)
})

test('an idle GPU has 0 in use, which is a number', async () => {
  assert.equal(await gpuMemoryUsedBytes(tool('echo 0')), 0)
})

test('where there is no tool, no GPU or no number, nothing is said', async () => {
  assert.equal(await gpuMemoryUsedBytes(join(folder, 'none')), undefined)
  assert.equal(await gpuMemoryUsedBytes(tool('echo "[N/A]"')), undefined)
  assert.equal(await gpuMemoryUsedBytes(tool('echo 512; exit 9')), undefined)
})
