import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesCsv } from './changes-csv.ts'
import type { PlacedChange } from './comparison-report.ts'

const LABELS = [
  { value: 0, name: 'background', kind: 'background', color: [0, 0, 0] },
  { value: 1, name: 'spots, "bright"', kind: 'lesion', color: [255, 0, 0] },
] satisfies Parameters<typeof changesCsv>[1]
const NO_FATES = { new: 0, gone: 0, grown: 0, shrunk: 0, merged: 0, split: 0, unchanged: 0 }

const change: PlacedChange = {
  ...{
    label: 1,
    fate: 'grown',
    lesionsBefore: 1,
    lesionsAfter: 2,
    seen: 'at-both',
    beforeMl: 0.25,
    afterMl: 1,
    noiseMl: 0.1,
  },
  ...{ centroidMm: [1, -2.26, -0], beforeMm: [0.04, 5, 6], afterMm: [7, 8, 9] },
}

/** 2.5 µL a voxel: volumes of three decimals. */
const grid = { shape: [9, 9, 9], spacingMm: [1, 1, 2.5] as const }

test('one line a change, with names quoted as RFC 4180 says', () => {
  const [header, line, end] = changesCsv({ grid, lesions: { count: NO_FATES, changes: [change] } }, LABELS).split(
    '\r\n',
  )
  assert.equal(header!.split(',').length, 18)
  assert.equal(
    line,
    '"spots, ""bright""",grown,1,2,0.250,1.000,0.750,0.100,1.0,-2.3,0.0,0.0,5.0,6.0,7.0,8.0,9.0,at-both',
  )
  assert.equal(end, '')
})

test('where no lesion can be seen there is a header alone', () => {
  assert.equal(changesCsv({ grid, lesions: null }, LABELS).split('\r\n').length, 2)
})
