import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sizeInWords } from './errors.ts'

test('a size is told in the largest unit that it fills, with three digits', () => {
  const told = [0, 1000, 1023, 1024, 1536, 2 ** 30, 64 * 2 ** 30, 2 ** 50].map((bytes) => sizeInWords(bytes, 'down'))
  assert.deepEqual(told, [...['0 bytes', '1000 bytes', '1023 bytes', '1 KiB', '1.5 KiB', '1 GiB', '64 GiB', '1 PiB']])
  // 70 000 000 / 1 048 576 = 66.757
  assert.deepEqual([sizeInWords(70_000_000, 'up'), sizeInWords(70_000_000, 'down')], ['66.8 MiB', '66.7 MiB'])
})

test('a size that is one byte above a limit never looks like the limit', () => {
  for (const limit of [1000, 1024, 10_240, 100 * 1024, 2 ** 20 - 1, 2 ** 28, 2 ** 30, 5_000_000_000])
    assert.notEqual(sizeInWords(limit + 1, 'up'), sizeInWords(limit, 'down'))
})
