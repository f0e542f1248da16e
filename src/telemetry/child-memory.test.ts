import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { residentBytes } from './child-memory.ts'

test('the memory of this process is what Node says of it, within 20 %', async (t) => {
  if (!existsSync('/proc/self/status')) return t.skip('no /proc to read memory from')
  const found = await residentBytes(process.pid)
  const expected = process.memoryUsage.rss()
  assert.ok(found !== undefined && Math.abs(found / expected - 1) < 0.2, `${found}, Node says ${expected}`)
})

test('of a process that is not there nothing is said', async () => {
  assert.equal(await residentBytes(2 ** 30), undefined) // above Linux's largest pid, 2^22
})
