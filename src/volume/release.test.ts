import assert from 'node:assert/strict'
import { test } from 'node:test'
import { release } from './release.ts'

test('what is released holds nothing any more, whichever view of it is asked', () => {
  const labels = new Uint8Array(1000).fill(3)
  const tail = labels.subarray(900)
  release(labels)
  assert.deepEqual([labels.length, tail.length, labels.buffer.byteLength], [0, 0, 0])
})

test('its memory is free at once, without the collector', () => {
  const MIB = 2 ** 20
  const scan = new Float32Array(64 * MIB).fill(1)
  const before = process.memoryUsage.rss()
  release(scan)
  assert.ok(before - process.memoryUsage.rss() > 200 * MIB)
})
