import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { residentBytes } from '../telemetry/child-memory.ts'
import { computeMemory } from './compute-memory.ts'

test('without a process there is nothing to tell', async () => {
  assert.deepEqual(await computeMemory([], { state: 'starting' }), {})
})

test('two processes hold what both hold; one that is gone holds nothing', async (t) => {
  if (!existsSync('/proc/self/status')) return t.skip('no /proc to ask')
  const sleeper = spawn('sleep', ['60'])
  t.after(() => sleeper.kill())
  const bytes = await steadyBytes(sleeper.pid!)
  const GONE = 2 ** 22 + 1 // above the highest pid that Linux gives
  assert.ok(bytes > 0)
  assert.deepEqual(await computeMemory([sleeper.pid!, sleeper.pid!, GONE], { state: 'starting' }), {
    rssBytes: 2 * bytes,
  })
})

/** Once it has started. */
async function steadyBytes(pid: number): Promise<number> {
  for (let last = -1; ; ) {
    const bytes = (await residentBytes(pid)) ?? 0
    if (bytes > 0 && bytes === last) return bytes
    last = bytes
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
