/** A report as a table: what is not known is an empty cell, and no text becomes a formula. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LesionReport } from '../../src/inference/lesion-report.ts'
import { reportCsv } from './report-csv.ts'

test('labels and lesions are rows, with the digits of the report', () => {
  const label = { value: 2, name: 'white, "matter"', assessable: true, voxels: 1000, volumeMl: 1.5, confidence: 0.91 }
  const lesion: LesionReport = {
    ...{ label: 3, voxels: 12, volumeMl: 0.012, centroidMm: [1, -2.5, 3] as const, diameterMm: 4.2 },
    ...{ confidence: null, place: 'deep' as const, toVentricleMm: 12, toCortexMm: null },
    boxMm: { min: [0, 0, 0], max: [1, 1, 1] },
  }
  const csv = reportCsv({
    labels: [
      { value: 0, name: 'background', assessable: true, voxels: 9, volumeMl: 9 },
      label,
      { value: 3, name: '=lesion', assessable: false, voxels: null, volumeMl: null },
    ],
    lesions: { assessable: false, count: null, totalMl: null, largestMl: null, list: [lesion], places: null },
  })
  assert.deepEqual(csv.split('\r\n'), [
    'kind,number,label,volume_ml,assessable,confidence,place,diameter_mm,x_mm,y_mm,z_mm',
    'label,2,"white, ""matter""",1.5,true,0.91,,,,,',
    "label,3,'=lesion,,false,,,,,,",
    "lesion,1,'=lesion,0.012,true,,deep,4.2,1,-2.5,3",
    '',
  ])
})
