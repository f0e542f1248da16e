import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ComparisonReport, VolumeChange } from '../inference/comparison-report.ts'
import { comparisonSummary } from './comparison-summary.ts'

const grey: VolumeChange = {
  ...{ name: 'grey matter', value: 2, beforeMl: 600, afterMl: 594, changeMl: -6, changePercent: -1 },
  ...{ noisePercent: 2.6, isBeyondNoise: false },
}
const unseen: VolumeChange = {
  ...{ name: 'lesion', value: 4, beforeMl: null, afterMl: null, changeMl: null, changePercent: null },
  ...{ noisePercent: 13, isBeyondNoise: null },
}
const larger: VolumeChange = {
  ...{ name: 'ventricles', beforeMl: 20, afterMl: 30, changeMl: 10, changePercent: 50 },
  ...{ noisePercent: 18, isBeyondNoise: true },
}
const count = { new: 2, gone: 0, grown: 1, shrunk: 0, merged: 0, split: 0, unchanged: 3 }

function lines(told: Pick<ComparisonReport, 'warnings' | 'labels' | 'ventricles' | 'lesions'>): string[] {
  // a voxel of 8 µL: two decimals would do, three are those of the report
  const grid = { shape: [9, 9, 9], spacingMm: [2, 2, 2] as const }
  return comparisonSummary({ ...told, grid } as unknown as ComparisonReport).split('\n')
}

test('volumes stand with their change and its noise, and lesions with their fates', () => {
  const warnings = [{ code: 'tilted', message: 'before: tilted by 25°', means: 'It leans.', todo: 'Look.' }] as const
  assert.deepEqual(lines({ warnings, labels: [grey], ventricles: larger, lesions: { count, changes: [] } }), [
    'warning: before: tilted by 25° (tilted)',
    '  It leans.',
    '  → Look.',
    'grey matter                 600.000 mL to 594.000 mL  -1.0 % (noise 2.6 %: no change)',
    'ventricles                  20.000 mL to 30.000 mL  +50.0 % (noise 18 %)',
    'lesions: 2 new, 1 grown, 3 unchanged',
    '',
  ])
})

test('what the scans cannot show is said to be so', () => {
  assert.deepEqual(lines({ warnings: [], labels: [unseen], ventricles: null, lesions: null }), [
    'lesion                      not assessable',
    'lesions: not assessable',
    '',
  ])
})
