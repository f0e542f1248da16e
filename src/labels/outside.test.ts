import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape } from '../volume/volume.ts'
import { outside } from './outside.ts'

/** One plane between two of ones, so that only the sides of the plane are an edge. */
function plane(...rows: string[]): { values: Uint8Array; shape: Shape; middle: (all: Uint8Array) => string[] } {
  const [nx, ny] = [rows[0]!.length, rows.length]
  const wall = '1'.repeat(nx * ny)
  const values = Uint8Array.from(wall + rows.join('') + wall, Number)
  const middle = (all: Uint8Array) => rows.map((_, j) => [...all.subarray(nx * (ny + j), nx * (ny + j + 1))].join(''))
  return { values, shape: [nx, ny, 3], middle }
}

test('outside are the voxels that reach the edge by faces, not a hole and not what touches them by a corner', () => {
  const { values, shape, middle } = plane('011111', '001101', '110111', '101011', '111111')
  const expected = ['100000', '110000', '000000', '000000', '000000']
  assert.deepEqual(middle(outside(values, shape, 0)), expected)
})

test('where every voxel has the value, all are outside; where none has it, none is', () => {
  const shape: Shape = [3, 3, 3]
  assert.deepEqual(outside(new Uint8Array(27), shape, 0), new Uint8Array(27).fill(1))
  assert.deepEqual(outside(new Uint8Array(27), shape, 1), new Uint8Array(27))
})
