/** What is in a segmentation: segments, frames, references; read by pydicom. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dicomToolsMissing, objectFaults } from '../../test/fixtures/dicom-checks.ts'
import { SPARSE, segOf } from '../../test/fixtures/dicom-seg.ts'
import { LABEL_SET, MAKING, saveObject, sourceOn } from '../../test/fixtures/dicom-source.ts'
import { pydicom, pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { type Seg, writeSeg } from './seg-write.ts'
import type { SourceSeries } from './source-series.ts'

const folder = mkdtempSync(join(tmpdir(), 'seg-'))
after(() => rmSync(folder, { recursive: true }))

const READ_SUMMARY = `
out = []
for path in args:
    ds = pydicom.dcmread(path)
    frames = []
    for item in ds.PerFrameFunctionalGroupsSequence:
        source = item.DerivationImageSequence[0].SourceImageSequence[0]
        segment = item.SegmentIdentificationSequence[0].ReferencedSegmentNumber if 'SegmentIdentificationSequence' in item else 0
        frames.append([segment, str(source.ReferencedSOPInstanceUID), int(source.get('ReferencedFrameNumber', 0))])
    out.append({
        'segments': [[s.SegmentNumber, s.SegmentLabel] for s in ds.SegmentSequence],
        'frames': frames,
        'bytes': len(ds.PixelData),
        'lossy': [ds.LossyImageCompression, str(ds.get('LossyImageCompressionRatio', '')), str(ds.get('LossyImageCompressionMethod', ''))],
        'references': len(ds.ReferencedSeriesSequence[0].ReferencedInstanceSequence),
    })
print(json.dumps(out))
`

interface Summary {
  readonly segments: readonly [number, string][]
  readonly frames: readonly [number, string, number][]
  readonly bytes: number
  readonly lossy: readonly string[]
  readonly references: number
}

function summaryOf(seg: Seg, name: string): Summary {
  const path = saveObject(seg, join(folder, `${name}.dcm`))
  if (!dicomToolsMissing && !name.startsWith('labelmap')) assert.deepEqual(objectFaults(path), [], name)
  return (pydicom(READ_SUMMARY, [path]) as Summary[])[0]!
}

test('frames stand where a segment has voxels, and a segment without any is still described', {
  skip: pydicomMissing,
}, () => {
  const { segments, frames, bytes, references } = summaryOf(segOf(sourceOn(SPARSE), SPARSE), 'sparse')
  assert.deepEqual(
    segments.map(([number]) => number),
    [1, 2, 3, 4],
  )
  assert.deepEqual(frames, [
    [1, '1.2.3.4.1', 0],
    [3, '1.2.3.4.3', 0],
    [3, '1.2.3.4.4', 0],
  ])
  // 3 · 15 = 45 bits are 6 bytes.
  assert.equal(bytes, 6)
  assert.equal(references, 4)
})

test('empty segments are left out on demand, and numbers have no gap', { skip: pydicomMissing }, () => {
  const { segments, frames } = summaryOf(segOf(sourceOn(SPARSE), SPARSE, { omitEmpty: true }), 'omitted')
  assert.deepEqual(segments, [
    [1, 'cerebrospinal fluid'],
    [2, 'white matter'],
  ])
  assert.deepEqual(
    frames.map(([segment]) => segment),
    [1, 2, 2],
  )
})

test('a label that was not assessed is neither described nor drawn, in either kind', { skip: pydicomMissing }, () => {
  const choice = { notAssessable: [3] }
  const binary = segOf(sourceOn(SPARSE), SPARSE, choice)
  assert.deepEqual(
    summaryOf(binary, 'not-assessed').segments.map(([, name]) => name),
    ['cerebrospinal fluid', 'grey matter', 'white matter hyperintensity'],
  )
  const labelmap = segOf(sourceOn(SPARSE), SPARSE, { ...choice, kind: 'labelmap' })
  assert.deepEqual(
    summaryOf(labelmap, 'labelmap-not-assessed').segments.map(([number]) => number),
    [0, 1, 2, 4],
  )
  const pixels = Buffer.concat([...labelmap.chunks()]).subarray(-60)
  assert.deepEqual(
    [...pixels],
    [...SPARSE.data].map((value) => (value === 3 ? 0 : value)),
  )
})

test('where no label could be assessed there is no segmentation', () => {
  for (const kind of ['binary', 'labelmap'] as const) {
    const choice = { kind, notAssessable: [1, 2, 3, 4] }
    assert.equal(
      writeSeg({ source: sourceOn(SPARSE), labels: SPARSE, labelSet: LABEL_SET, making: MAKING, choice }),
      null,
    )
  }
})

test('a map without any label has one empty frame, since an image cannot have none', { skip: pydicomMissing }, () => {
  const empty = { ...SPARSE, data: new Uint8Array(60) }
  for (const omitEmpty of [false, true]) {
    const { segments, frames, bytes } = summaryOf(segOf(sourceOn(empty), empty, { omitEmpty }), 'empty')
    assert.equal(segments.length, 4)
    assert.deepEqual(frames, [[1, '1.2.3.4.1', 0]])
    assert.equal(bytes, 2)
  }
})

test('a LABELMAP describes its background and has every slice', { skip: pydicomMissing }, () => {
  const { segments, frames } = summaryOf(segOf(sourceOn(SPARSE), SPARSE, { kind: 'labelmap' }), 'labelmap')
  assert.deepEqual(segments[0], [0, 'background'])
  assert.equal(frames.length, 4)
})

test('frames of an enhanced source are named by their number, its one instance is referred to once', {
  skip: pydicomMissing,
}, () => {
  const classic = sourceOn(SPARSE)
  const source: SourceSeries = {
    ...classic,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.4.1',
    slices: classic.slices.map((slice, k) => ({ ...slice, sopInstanceUid: '1.2.3.4', frameNumber: 4 - k })),
  }
  const { frames, references } = summaryOf(segOf(source, SPARSE), 'enhanced')
  assert.deepEqual(frames, [
    [1, '1.2.3.4', 4],
    [3, '1.2.3.4', 2],
    [3, '1.2.3.4', 1],
  ])
  assert.equal(references, 1)
})

test('pixels of a mosaic are not said to lie where those of its slices do', { skip: pydicomMissing }, () => {
  const classic = sourceOn(SPARSE)
  const slices = classic.slices.map((slice, tile) => ({ ...slice, sopInstanceUid: '1.2.3.4', tile }))
  const path = saveObject(segOf({ ...classic, slices }, SPARSE), join(folder, 'mosaic.dcm'))
  const script = `
item = pydicom.dcmread(args[0]).PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
print(json.dumps([item.SpatialLocationsPreserved, 'ReferencedFrameNumber' in item]))
`
  assert.deepEqual(pydicom(script, [path]), ['NO', false])
})

test('what was once compressed with loss stays marked', { skip: pydicomMissing }, () => {
  const lossy = { ratios: ['12.5'], methods: ['ISO_10918_1'] }
  const marked = summaryOf(segOf({ ...sourceOn(SPARSE), lossy }, SPARSE), 'lossy')
  assert.deepEqual(marked.lossy, ['01', '12.5', 'ISO_10918_1'])
  const faulty = { ratios: ['about 12', ' 10 '], methods: ['jpeg'] }
  assert.deepEqual(summaryOf(segOf({ ...sourceOn(SPARSE), lossy: faulty }, SPARSE), 'faulty').lossy, ['01', '10', ''])
  assert.deepEqual(summaryOf(segOf(sourceOn(SPARSE), SPARSE), 'lossless').lossy, ['00', '', ''])
})

test('the same series and model give the same file, another key other UIDs, and its length is known before', () => {
  const bytes = (seg: Seg) => Buffer.concat([...seg.chunks()])
  const seg = segOf(sourceOn(SPARSE), SPARSE)
  assert.ok(bytes(seg).equals(bytes(segOf(sourceOn(SPARSE), SPARSE))))
  assert.ok(bytes(seg).equals(bytes(seg)))
  assert.equal(bytes(seg).length, seg.byteLength)
  const other = segOf(sourceOn(SPARSE), SPARSE, {}, { ...MAKING, intakeKey: 'another' })
  assert.notEqual(other.sopInstanceUid, seg.sopInstanceUid)
  assert.notEqual(other.seriesInstanceUid, seg.seriesInstanceUid)
})
