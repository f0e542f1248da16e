import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Moved, movedTo, weightsIn } from './weights-in-onnx.ts'

const at = (...places: number[]) => Int32Array.from(places)

test('places are told as counts and steps, the fastest first', () => {
  // Two rows of three as they were, from 5 on.
  assert.deepEqual(movedTo('a', at(5, 6, 7, 8, 9, 10)), { tensor: 'a', start: 5, steps: [[6, 1]] })
  // [2, 3] transposed to [3, 2]: value (row, column) lies at 2 · column + row.
  const steps: Moved['steps'] = [
    [3, 2],
    [2, 1],
  ]
  assert.deepEqual(movedTo('a', at(0, 2, 4, 1, 3, 5)), { tensor: 'a', start: 0, steps })
  assert.deepEqual(movedTo('a', at(3)), { tensor: 'a', start: 3, steps: [] })
})

test('what is missing or follows no steps is not told', () => {
  for (const places of [at(0, 1, -1), at(0, 1, 2, 4), at(0, 1, 3, 2), at(0, 5, 2)])
    assert.equal(movedTo('a', places), undefined)
})

test('weights come back by their steps, or as they were kept', () => {
  const constant = (name: string, type: 'float32' | 'int64', values: number[]) => ({
    ...{ name, type, shape: [values.length] },
    bytes: new Uint8Array(Float32Array.from(values).buffer),
  })
  const constants = [constant('a', 'float32', [10, 11, 12, 13, 14, 15]), constant('b', 'int64', [1])]
  const steps: Moved['steps'] = [
    [3, 2],
    [2, 1],
  ]
  // 1.5 and −0 as float32: 3f c0 00 00 and 80 00 00 00, the last byte first.
  const kept = Buffer.from('0000c03f00000080', 'hex').toString('base64')
  const found = weightsIn({ moved: { tensor: 'a', start: 0, steps }, kept: { values: kept } }, constants)
  assert.deepEqual([...found.get('moved')!], [10, 12, 14, 11, 13, 15])
  assert.deepEqual([...found.get('kept')!], [1.5, -0])
  for (const [tensor, start] of [
    ['a', 1],
    ['b', 0],
    ['c', 0],
  ] as const)
    assert.throws(
      () => weightsIn({ w: { tensor, start, steps } }, constants),
      new RegExp(`the network does not hold the weight 'w' in '${tensor}'`),
    )
})
