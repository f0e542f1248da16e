import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sectionsAbove } from '../volume/crop.ts'
import type { Shape } from '../volume/volume.ts'
import { componentRuns } from './components.ts'
import { outside } from './outside.ts'
import { labelledSections, runsOf } from './runs.ts'

const ONE = Uint8Array.from({ length: 256 }, (_, value) => (value === 1 ? 1 : 0))

/** Stretches of 0, 1 and 2 of many lengths, the same each time. */
function stretches(shape: Shape): Uint8Array {
  const data = new Uint8Array(shape[0] * shape[1] * shape[2])
  let seed = 7
  for (let at = 0; at < data.length; ) {
    seed = (seed * 16807) % 2147483647
    const end = at + 1 + (seed % 23)
    data.fill(seed % 3, at, end)
    at = end
  }
  return data
}

test('runs are the stretches of each row, whatever its length and wherever the array begins', () => {
  for (const nx of [1, 2, 3, 7, 16, 31]) {
    const shape: Shape = [nx, 5, 6]
    for (const shift of [0, 1, 4]) {
      const labels = new Uint8Array(stretches([nx, 5, 7]).buffer, shift, nx * 30)
      const expected: [number, number][] = []
      for (let at = 0; at < labels.length; at++) {
        if (labels[at] !== 1) continue
        if (at % nx > 0 && labels[at - 1] === 1) expected.at(-1)![1] = at + 1
        else expected.push([at, at + 1])
      }
      const { count, start, end, ofRow } = runsOf(labels, shape, ONE)
      const found = Array.from({ length: count }, (_, run) => [start[run], end[run]])
      assert.deepEqual(found, expected)
      for (let row = 0; row < 30; row++)
        for (let run = ofRow[row]!; run < ofRow[row + 1]!; run++) assert.equal(Math.floor(start[run]! / nx), row)
      assert.equal(ofRow[30], count)
    }
  }
})

test('more runs than there was room for at first', () => {
  // every second voxel: 80 000 runs
  const labels = Uint8Array.from({ length: 400 * 400 }, (_, at) => at % 2)
  const { count, voxels } = componentRuns(labels, [400, 20, 20], [1], 6)
  assert.deepEqual([count, voxels.length - 1], [80_000, 200])
})

test('sections from runs are those that are counted voxel by voxel', () => {
  const shape: Shape = [31, 9, 8]
  assert.deepEqual(labelledSections(stretches(shape), shape), sectionsAbove(stretches(shape), shape, 0))
})

test('outside of a box with a hole: what the box encloses is not', () => {
  const shape: Shape = [7, 7, 7]
  const isIn = (at: number, low: number, high: number) =>
    [at % 7, Math.floor(at / 7) % 7, Math.floor(at / 49)].every((n) => n >= low && n <= high)
  const box = Uint8Array.from({ length: 343 }, (_, at) => (isIn(at, 1, 5) && !isIn(at, 3, 3) ? 1 : 0))
  assert.deepEqual(
    outside(box, shape, 0),
    box.map((_, at) => (isIn(at, 1, 5) ? 0 : 1)),
  )
  // two values that touch are one body
  const halved = box.map((one, at) => (one === 1 && at % 7 > 3 ? 2 : one))
  assert.deepEqual(outside(halved, shape, 1, 2), new Uint8Array(343))
})
