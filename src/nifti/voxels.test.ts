import assert from 'node:assert/strict'
import { test } from 'node:test'
import { datatypeOf } from './datatypes.ts'
import { createVoxelSink } from './voxels.ts'

const INT32 = 8

test('chunks may end anywhere inside a voxel', () => {
  const stored = Int32Array.of(1, -2, 300_000, 4)
  for (const size of [1, 2, 3, 5, 7, 16]) {
    const sink = createVoxelSink(4, datatypeOf(INT32), true, { slope: 0, inter: 0 })
    const bytes = new Uint8Array(stored.buffer)
    for (let at = 0; at < bytes.length; at += size) sink.push(bytes.subarray(at, at + size))
    assert.deepEqual([...sink.data], [1, -2, 300_000, 4], `chunks of ${size}`)
    assert.deepEqual(sink.state(), { voxels: 4, nonFinite: 0, min: -2, max: 300_000 })
  }
})

test('bytes beyond the last voxel are ignored, and missing ones are seen', () => {
  const sink = createVoxelSink(2, datatypeOf(INT32), true, { slope: 0, inter: 0 })
  sink.push(new Uint8Array(Int32Array.of(5, 6, 7, 8).buffer))
  assert.deepEqual([...sink.data], [5, 6])
  const short = createVoxelSink(2, datatypeOf(INT32), true, { slope: 0, inter: 0 })
  short.push(new Uint8Array(7))
  assert.equal(short.state().voxels, 1)
})
