import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOfFilled, fourAtOnce, nextFilled } from './next-filled.ts'

/** All places that are found one after the other. */
function filledOf(data: Uint8Array, from: number, end: number): number[] {
  const words = fourAtOnce(data)
  const found: number[] = []
  for (let at = nextFilled(data, words, from, end); at < end; at = nextFilled(data, words, at + 1, end)) found.push(at)
  return found
}

test('every voxel that is not 0 is found once, wherever the data and the part of it begin and end', () => {
  for (let seed = 1; seed < 40; seed++) {
    const bytes = Uint8Array.from({ length: 101 }, (_, at) => ((at * at * seed) % 13 === 1 ? seed : 0))
    for (const offset of [0, 1, 3, 4]) {
      const data = bytes.subarray(offset)
      for (const [from, end] of [
        [0, data.length],
        [5, 90],
        [6, 7],
        [8, 8],
      ] as const) {
        const expected = [...data.keys()].filter((at) => at >= from && at < end && data[at] !== 0)
        assert.deepEqual(filledOf(data, from, end), expected, `seed ${seed}, ${offset}, ${from} to ${end}`)
      }
    }
  }
})

test('from the other end, and of another value that is empty, it is the same voxels', () => {
  for (let seed = 1; seed < 40; seed++) {
    const data = Uint8Array.from({ length: 101 }, (_, at) => ((at * at * seed) % 13 === 1 ? seed : 7))
    const words = fourAtOnce(data)
    for (const [from, end] of [
      [0, 101],
      [3, 98],
      [4, 96],
      [50, 51],
    ] as const) {
      const held = [...data.keys()].filter((at) => at >= from && at < end && data[at] !== 7)
      assert.equal(nextFilled(data, words, from, end, 7), held[0] ?? end)
      assert.equal(endOfFilled(data, words, from, end, 7), (held.at(-1) ?? from - 1) + 1)
    }
  }
})

test('data of zeros end where they end', () => {
  assert.equal(nextFilled(new Uint8Array(9), fourAtOnce(new Uint8Array(9)), 0, 9), 9)
})
