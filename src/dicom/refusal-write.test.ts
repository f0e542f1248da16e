/** Reports of refusals as dciodvfy, dsrdump, pydicom and highdicom read them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dicomToolsMissing, entityFaults, objectFaults, reportTree } from '../../test/fixtures/dicom-checks.ts'
import { SPARSE } from '../../test/fixtures/dicom-seg.ts'
import { MAKING, saveObject, sourceOn, writeSourceFiles } from '../../test/fixtures/dicom-source.ts'
import { pydicom, pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { writeRefusal } from './refusal-write.ts'
import type { SourceSeries } from './source-series.ts'

const folder = mkdtempSync(join(tmpdir(), 'refusal-'))
after(() => rmSync(folder, { recursive: true }))

const t1 = sourceOn(SPARSE)
const flair: SourceSeries = {
  ...t1,
  seriesInstanceUid: '1.2.3.5',
  slices: t1.slices.map((slice, k) => ({ ...slice, sopInstanceUid: `1.2.3.6.${k + 1}` })),
}
const FAULT = { kind: 'channels-swapped', message: 'flair looks like t1 at 12°, and t1 like flair: swap them' } as const
const refusal = { seriesInstanceUid: '2.25.7', sopInstanceUid: '2.25.8', instanceNumber: 3 }
const making = { ...MAKING, names: { refusal } }

const save = (sources: readonly [SourceSeries, ...SourceSeries[]], name: string) =>
  saveObject(writeRefusal({ sources, fault: FAULT, making }), join(folder, name))

test('dciodvfy has nothing to say about it, dcentvfy only what it says of every report', {
  skip: dicomToolsMissing || pydicomMissing,
}, () => {
  const path = save([t1, flair], 'valid.dcm')
  assert.deepEqual(objectFaults(path), [])
  const files = writeSourceFiles([t1, flair], folder).flat()
  const faults = entityFaults([path, ...files])
  assert.deepEqual(
    faults.filter(
      (fault) => !fault.includes('Different information entities for attribute - Element=<AccessionNumber>'),
    ),
    [],
  )
})

test('dsrdump shows code, what was seen and is to be done, by what, and for what it must not be used', {
  skip: dicomToolsMissing,
}, () => {
  const tree = reportTree(save([t1, flair], 'told.dcm'))
  for (const line of [
    'Device Observer Model Name")="joint-wmh 0.4.0"',
    '="Research use only; onelabel is not a medical device."',
    '="No label map was made by joint-wmh 0.4.0: the scans of this study were refused."',
    '="channels-swapped: flair looks like t1 at 12 deg, and t1 like flair: swap them"',
  ]) {
    assert.ok(tree.includes(line), `${line} in\n${tree}`)
  }
  assert.ok(!/NUM|Measurement Group/.test(tree.replace('Imaging Measurement Report', '')), tree)
})

const READ = `
import highdicom
sr = highdicom.sr.srread(args[0])
groups = sr.content.get_volumetric_roi_measurement_groups() + sr.content.get_image_measurement_groups()
evidence = [[[s.SeriesInstanceUID, [i.ReferencedSOPInstanceUID for i in s.ReferencedSOPSequence]] for s in e.ReferencedSeriesSequence]
            for e in sr.CurrentRequestedProcedureEvidenceSequence]
print(json.dumps([len(groups), str(sr.PatientName), sr.PatientID, sr.StudyInstanceUID, sr.SeriesInstanceUID, sr.SOPInstanceUID,
                  int(sr.InstanceNumber), sr.Modality, sr.SOPClassUID.name, evidence]))
`

test('highdicom reads a report without measurements, of the same patient and study, with every image that was looked at', {
  skip: pydicomMissing,
}, () => {
  const uids = ({ slices }: SourceSeries) => slices.map(({ sopInstanceUid }) => sopInstanceUid)
  assert.deepEqual(pydicom(READ, [save([t1, flair], 'read.dcm')]), [
    ...[0, 'Phantom^Left', 'P-1', '1.2.3.1', '2.25.7', '2.25.8', 3, 'SR', 'Comprehensive SR Storage'],
    [
      [
        ['1.2.3.2', uids(t1)],
        ['1.2.3.5', uids(flair)],
      ],
    ],
  ])
})

test('two acquisitions of one series are one entry, each image once', { skip: pydicomMissing }, () => {
  const later = { ...flair, seriesInstanceUid: t1.seriesInstanceUid, slices: [t1.slices[0]!, ...flair.slices] }
  const read = pydicom(READ, [save([t1, later], 'parts.dcm')]) as unknown[]
  const uids = [...t1.slices, ...flair.slices].map(({ sopInstanceUid }) => sopInstanceUid)
  assert.deepEqual(read.at(-1), [[['1.2.3.2', uids]]])
})
