import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { until } from '../../test/fixtures/service.ts'
import { residentBytes } from '../telemetry/child-memory.ts'
import { computeMemory } from './compute-memory.ts'

test('without a process there is nothing to tell', async () => {
  assert.deepEqual(await computeMemory([], { state: 'starting' }), {})
})

test('two processes hold what both hold; one that is gone holds nothing', async (t) => {
  if (!existsSync('/proc/self/status')) return t.skip('no /proc to ask')
  const sleeper = spawn('sleep', ['60'])
  t.after(() => sleeper.kill('SIGKILL'))
  await once(sleeper, 'spawn')
  sleeper.kill('SIGSTOP') // so that its memory stays what it is
  await until(() => readFileSync(`/proc/${sleeper.pid}/status`, 'utf8').includes('State:\tT'))
  const bytes = (await residentBytes(sleeper.pid!)) ?? 0
  const GONE = 2 ** 22 + 1 // above the highest pid that Linux gives
  assert.ok(bytes > 0)
  assert.deepEqual(await computeMemory([sleeper.pid!, sleeper.pid!, GONE], { state: 'starting' }), {
    rssBytes: 2 * bytes,
  })
})
