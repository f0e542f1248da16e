import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countInWords, sizeInWords } from './errors.ts'

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

test('a number of voxels is told as it is below a million, and then in millions or billions', () => {
  const told = [0, 13_824, 999_999, 1_000_000, 1_100_000, 134_217_728, 9_600_000_000, 35e12, 2 ** 128].map((n) =>
    countInWords(n, 'up'),
  )
  assert.deepEqual(told, [
    '0',
    '13824',
    '999999',
    '1 million',
    '1.1 million',
    '135 million',
    '9.6 billion',
    '35 trillion',
    'more than 1000 trillion',
  ])
  assert.equal(countInWords(134_217_728, 'down'), '134 million')
})
