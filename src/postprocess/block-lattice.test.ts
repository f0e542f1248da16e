import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowReader, valueAt } from './block-lattice.ts'

test('a plane through the middles of the blocks is read as that plane, and past them as at them', () => {
  const lattice = { shape: [3, 2, 4], blockVoxels: [4, 5, 2] } as const
  const plane = (x: number, y: number, z: number): number => 7 * x - 3 * y + 2 * z
  const middle = (block: number, voxels: number): number => block * voxels + (voxels - 1) / 2
  const values = Float32Array.from({ length: 24 }, (_, n) =>
    plane(middle(n % 3, 4), middle(Math.floor(n / 3) % 2, 5), middle(Math.floor(n / 6), 2)),
  )
  const within = (voxel: number, low: number, high: number): number => Math.min(high, Math.max(low, voxel))
  const rowOf = rowReader(lattice, values, 12)
  for (const [j, k] of [
    [0, 0],
    [3, 2],
    [9, 7],
    [4, 7],
  ] as const) {
    const row = rowOf(j, k)
    for (let i = 0; i < 12; i++) {
      const expected = plane(within(i, 1.5, 9.5), within(j, 2, 7), within(k, 0.5, 6.5))
      assert.ok(Math.abs(valueAt(lattice, values, i, j, k) - expected) < 1e-4, `${i}, ${j}, ${k}`)
      assert.ok(Math.abs(row[i]! - expected) < 1e-4, `${i}, ${j}, ${k} of a row`)
    }
  }
})

test('a lattice of one block is the same everywhere; a value that is not known is asked for by what lies beside it only', () => {
  const one = { shape: [1, 1, 1], blockVoxels: [8, 8, 8] } as const
  assert.deepEqual([...rowReader(one, Float32Array.of(5), 3)(1, 2)], [5, 5, 5])
  assert.equal(valueAt(one, Float32Array.of(5), 7, 0, 3), 5)
  const two = { shape: [3, 1, 1], blockVoxels: [3, 1, 1] } as const
  const row = rowReader(two, Float32Array.of(1, 4, Number.NaN), 9)(0, 0)
  assert.deepEqual([...row], [1, 1, 2, 3, 4, Number.NaN, Number.NaN, Number.NaN, Number.NaN])
})
