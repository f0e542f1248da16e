import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultError } from '../errors.ts'
import { decodeRle } from './rle.ts'

function rle(...segments: readonly (readonly number[])[]): Uint8Array {
  const head = Buffer.alloc(64)
  head.writeUInt32LE(segments.length, 0)
  let at = 64
  for (const [n, segment] of segments.entries()) {
    head.writeUInt32LE(at, 4 + 4 * n)
    at += segment.length
  }
  return Buffer.concat([head, Buffer.from(segments.flat())])
}

// 254 repeats the next byte three times, 1 copies the next two, 128 says nothing.
const HIGH = [254, 1, 128, 1, 2, 3]
const LOW = [252, 9]

test('runs and copies of high and low bytes become little-endian numbers', () => {
  assert.deepEqual([...decodeRle(rle(HIGH, LOW), 5, 2)], [9, 1, 9, 1, 9, 1, 9, 2, 9, 3])
})

test('a segment that is short, or another number of segments, is refused and not filled up', () => {
  const refused = (error: unknown) => error instanceof FaultError && error.fault.kind === 'dicom-pixels'
  assert.throws(() => decodeRle(rle(HIGH, LOW), 6, 2), refused)
  assert.throws(() => decodeRle(rle(HIGH.slice(0, -1), LOW), 5, 2), refused)
  assert.throws(() => decodeRle(rle(HIGH), 5, 2), refused)
  assert.throws(() => decodeRle(new Uint8Array(10), 5, 2), refused)
})
