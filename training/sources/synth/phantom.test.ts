import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../compile/random.ts'
import { phantomHead } from './phantom.ts'

const { scans, truth } = phantomHead(40, ['t1', 'flair'], seededRandom(2))

const meanOf = (channel: 't1' | 'flair', cls: number) => {
  const values = scans.get(channel)!.data.filter((_, v) => truth.data[v] === cls)
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

test('a phantom head holds all five classes', () => {
  assert.deepEqual([...new Set(truth.data)].sort(), [0, 1, 2, 3, 4])
})

test('the phantom T1 orders white > grey > CSF, its FLAIR lesion > grey > CSF', () => {
  assert.ok(meanOf('t1', 3) > meanOf('t1', 2) && meanOf('t1', 2) > meanOf('t1', 1))
  assert.ok(meanOf('flair', 4) > meanOf('flair', 2) && meanOf('flair', 2) > meanOf('flair', 1))
})

test('the same seed gives the same phantom', () => {
  assert.deepEqual(phantomHead(20, ['t1'], seededRandom(7)), phantomHead(20, ['t1'], seededRandom(7)))
})
