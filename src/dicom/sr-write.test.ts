/** Reports as dciodvfy, dsrdump and highdicom read them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dicomToolsMissing, entityFaults, objectFaults, reportTree } from '../../test/fixtures/dicom-checks.ts'
import { SPARSE, segOf } from '../../test/fixtures/dicom-seg.ts'
import { LABEL_SET, MAKING, saveObject, sourceOn, writeSourceFiles } from '../../test/fixtures/dicom-source.ts'
import { pydicom, pydicomMissing } from '../../test/fixtures/pydicom.ts'
import type { Measurements } from './sr-report.ts'
import { writeSr } from './sr-write.ts'

const folder = mkdtempSync(join(tmpdir(), 'sr-'))
after(() => rmSync(folder, { recursive: true }))

const source = sourceOn(SPARSE)

/** Grey matter could not be assessed, hyperintensities were looked for and not found. */
const MEASURED: Measurements = {
  labels: [
    { value: 0, volumeMl: 512 },
    { value: 1, volumeMl: 3.25 },
    { value: 2, volumeMl: null, assessable: false },
    { value: 3, volumeMl: 450.00062 },
    { value: 4, volumeMl: 0 },
  ],
  lesions: { count: 3, totalMl: 1.5, largestMl: 0.75 },
  warnings: [{ code: 'tilted', message: 'the slices are tilted by 12°' }],
}

const seg = segOf(source, SPARSE, { notAssessable: [2] })
const segPath = saveObject(seg, join(folder, 'seg.dcm'))

function saveReport(measurements: Measurements, name: string): string {
  return saveObject(writeSr({ source, measurements, labelSet: LABEL_SET, seg, making: MAKING }), join(folder, name))
}

const path = saveReport(MEASURED, 'sr.dcm')

test('dciodvfy has nothing to say about a report, dcentvfy only what it says of every report', {
  skip: dicomToolsMissing || pydicomMissing,
}, () => {
  assert.deepEqual(objectFaults(path), [])
  assert.deepEqual(objectFaults(saveReport({ ...MEASURED, lesions: null, warnings: [] }, 'bare.dcm')), [])
  const faults = entityFaults([path, segPath, ...writeSourceFiles([source], folder)[0]!])
  // dicom3tools of 2022 counts Accession Number among the attributes of the series in reports, of the study elsewhere.
  assert.deepEqual(
    faults.filter(
      (fault) => !fault.includes('Different information entities for attribute - Element=<AccessionNumber>'),
    ),
    [],
  )
})

const READ_REPORT = `
import highdicom
content = highdicom.sr.srread(args[0]).content
def measured(group):
    return [[m.name.meaning, float(m.value), m.unit.value, m.derivation.meaning if m.derivation else ''] for m in group.get_measurements()]
regions = [[g.tracking_identifier, g.finding_type.value, g.referenced_segment.referenced_sop_instance_uid,
            g.referenced_segment.referenced_segment_numbers, measured(g)]
           for g in content.get_volumetric_roi_measurement_groups()]
others = [[g.tracking_identifier, g.finding_type.value, measured(g)] for g in content.get_image_measurement_groups()]
print(json.dumps([regions, others]))
`

test('highdicom reads the numbers, and of which segment they are', { skip: pydicomMissing }, () => {
  const uid = seg.sopInstanceUid
  assert.deepEqual(pydicom(READ_REPORT, [path]), [
    [
      ['cerebrospinal fluid', '65216001', uid, [1], [['Volume', 3.25, 'mL', '']]],
      ['white matter', '389080008', uid, [2], [['Volume', 450.00062, 'mL', '']]],
      ['white matter hyperintensity', '110702', uid, [3], [['Volume', 0, 'mL', '']]],
    ],
    [
      ['grey matter', '389081007', []],
      [
        'all lesions',
        '301766008',
        [
          ['Number of lesions', 3, '1', ''],
          ['Volume', 1.5, 'mL', 'Total'],
          ['Volume', 0.75, 'mL', 'Maximum'],
        ],
      ],
    ],
  ])
})

test('dsrdump shows who observed, what warns and what could not be assessed', { skip: dicomToolsMissing }, () => {
  const tree = reportTree(path)
  for (const line of [
    'Device Observer Manufacturer")="onelabel"',
    'Device Observer Model Name")="joint-wmh 0.4.0"',
    `Device Observer Serial Number")="${MAKING.model.sha256}"`,
    'Source series for segmentation")="1.2.3.2"',
    '="Research use only; onelabel is not a medical device."',
    '="grey matter: not assessable"',
    '="tilted: the slices are tilted by 12 deg"',
  ]) {
    assert.ok(tree.includes(line), `${line} in\n${tree}`)
  }
})

test('lesions that could not be assessed have no number, not even none', { skip: pydicomMissing }, () => {
  const [, others] = pydicom(READ_REPORT, [saveReport({ ...MEASURED, lesions: null }, 'unassessed.dcm')]) as [
    unknown,
    unknown[],
  ]
  assert.deepEqual(others.at(-1), ['all lesions', '301766008', []])
})

test('a report stands without a segmentation where no label could be assessed', {
  skip: dicomToolsMissing || pydicomMissing,
}, () => {
  const labels = MEASURED.labels.map(({ value }) => ({ value, volumeMl: null, assessable: false }))
  const measurements = { ...MEASURED, labels, lesions: null }
  const alone = writeSr({ source, measurements, labelSet: LABEL_SET, seg: null, making: MAKING })
  const alonePath = saveObject(alone, join(folder, 'alone.dcm'))
  assert.deepEqual(objectFaults(alonePath), [])
  const [regions, others] = pydicom(READ_REPORT, [alonePath]) as [unknown[], unknown[]]
  assert.deepEqual([regions.length, others.length], [0, 5])
})
