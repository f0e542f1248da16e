import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Volume } from '../../src/volume/volume.ts'
import { mostOf, translated } from './subject.ts'

const row = (...values: number[]): Volume<'scan'> => ({
  frame: 'scan',
  shape: [values.length, 1, 1],
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  data: Float32Array.from(values),
})

test('a truth is translated value by value; one that the map lacks is refused, or background where that is said', () => {
  const table = new Map([
    [41, 3],
    [85, 0],
  ])
  assert.deepEqual([...translated(row(0, 41, 85), table, 'refuse').data], [0, 3, 0])
  assert.deepEqual([...translated(row(9, 41), table, 'background').data], [0, 3])
  assert.throws(() => translated(row(9), table, 'refuse'), /value 9 of the truth is not in the map; it has 41, 85/)
})

test('a fraction of at least one half decides the label, the larger one where both reach it', () => {
  const grey = { value: 2, share: Float32Array.of(0.5, 0.49, 0.2, 0.5, 0.6) }
  const white = { value: 3, share: Float32Array.of(0.4, 0.49, 0.8, 0.51, 0.6) }
  assert.deepEqual([...mostOf([grey, white], 1, 5)], [2, 0, 3, 3, 2])
  assert.deepEqual([...mostOf([grey, white], 2, 5)], [0, 0, 0, 0, 0])
})
