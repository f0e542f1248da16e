import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFrom } from './start-from.ts'

const values = (...of: number[]) => Float32Array.from(of)

test('weights of the same name and length are taken over, the others keep their start', () => {
  const own = { kernel: values(1, 2), norm: values(3), head: values(4, 5, 6) }
  const { weights, fresh, widened } = startFrom(own, { kernel: values(7, 8), head: values(9) })
  assert.deepEqual(weights, { kernel: values(7, 8), norm: values(3), head: values(4, 5, 6) })
  assert.deepEqual([fresh, widened], [['norm', 'head'], []])
  assert.throws(() => startFrom(own, { other: values(1) }), /no weight of the run to start from fits/)
})

test('of a network with other classes each class is taken over by what it stands for; a new one starts as the most alike', () => {
  // two folded voxels of classes 0, 5 become two of 0, 3, 4: hyperintensities (4) begin as oedema (5)
  const classes = {
    own: [0, 3, 4],
    other: [0, 5],
    shapes: { out: [1, 2, 6], bias: [6], seen: [3, 2], trunk: [2] },
  }
  const own = {
    out: values(...new Array(12).fill(9)),
    bias: values(9, 9, 9, 9, 9, 9),
    seen: values(9, 9, 9, 9, 9, 9),
    trunk: values(9, 9),
  }
  const other = {
    out: values(1, 2, 3, 4, 5, 6, 7, 8),
    bias: values(1, 2, 3, 4),
    seen: values(1, 2, 3, 4),
    trunk: values(1, 2),
  }
  const { weights, fresh, widened } = startFrom(own, other, classes)
  assert.deepEqual(weights, {
    out: values(1, 0, 2, 3, 0, 4, 5, 0, 6, 7, 0, 8),
    bias: values(1, 0, 2, 3, 0, 4),
    // rows are classes here
    seen: values(1, 2, 0, 0, 3, 4),
    trunk: values(1, 2),
  })
  assert.deepEqual([fresh, widened], [[], ['out', 'bias', 'seen']])
})

test('where two axes could be the classes a weight keeps its start', () => {
  const classes = { own: [0, 1], other: [0], shapes: { kernel: [2, 2], bias: [2] } }
  const own = { kernel: values(1, 2, 3, 4), bias: values(0, 0) }
  const { fresh } = startFrom(own, { kernel: values(5, 6), bias: values(7) }, classes)
  assert.deepEqual(fresh, ['kernel'])
})
