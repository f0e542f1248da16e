import assert from 'node:assert/strict'
import { test } from 'node:test'
import { report } from '../../test/fixtures/service.ts'
import { summaryOf } from './summary.ts'

test('a warning is printed with what it means and what to do; what cannot be seen has no volume', () => {
  const tissue = { value: 1, name: 'tissue', assessable: true, reliability: 'low', voxels: 9, volumeMl: 12.5 } as const
  const lesion = { value: 2, name: 'lesion', assessable: false, voxels: null, volumeMl: null }
  const lesions = { assessable: false, count: null, totalMl: null, largestMl: null, list: null }
  const labels = [...report.labels, tissue, lesion]
  assert.deepEqual(summaryOf({ ...report, labels, lesions }, 'no CUDA library').split('\n'), [
    'warning: channel t1: tilted by 25° (tilted)',
    '  It leans.',
    '  → Look at it.',
    `${'tissue'.padEnd(28)}    12.500 mL  low reliability`,
    `${'lesion'.padEnd(28)}not assessable`,
    'lesions: not assessable',
    '0.0 s on cpu (no CUDA library)',
    '',
  ])
})
