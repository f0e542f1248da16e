/** Segmentations as dciodvfy, dcentvfy, pydicom and highdicom see them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dcmqiMissing, readByDcmqi } from '../../test/fixtures/dcmqi.ts'
import { dicomToolsMissing, entityFaults, objectFaults } from '../../test/fixtures/dicom-checks.ts'
import { PLANES, segOf } from '../../test/fixtures/dicom-seg.ts'
import { saveObject, sourceOn, writeSourceFiles } from '../../test/fixtures/dicom-source.ts'
import { ALL_48, storedAs } from '../../test/fixtures/orientations.ts'
import { pydicom, pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { applyAffine, invert, multiply } from '../volume/affine.ts'
import type { Affine, LabelVolume, Shape } from '../volume/volume.ts'

const folder = mkdtempSync(join(tmpdir(), 'seg-'))
after(() => rmSync(folder, { recursive: true }))

/** Each label in some voxels, in no pattern; the lesion only in the last slice. */
function mixedLabels(shape: Shape, affine: Affine): LabelVolume {
  const size = shape[0] * shape[1]
  const data = Uint8Array.from({ length: size * shape[2] }, (_, at) => {
    const draw = (Math.imul(at + 1, 2654435761) >>> 8) % 9
    return draw === 4 && at < size * (shape[2] - 1) ? 0 : draw > 4 ? 0 : draw
  })
  return { shape, affine, data }
}

const SPACINGS = [
  [1, 1, 1],
  [0.9, 1.1, 5],
] as const
// 37 · 29 = 1073 and 3 · 5 = 15 voxels a frame are no whole bytes, 32 · 24 = 768 are.
const SHAPES: readonly Shape[] = [
  [37, 29, 5],
  [32, 24, 4],
  [3, 5, 2],
]

test('dciodvfy and dcentvfy have nothing to say about any plane, spacing and size', {
  skip: dicomToolsMissing || pydicomMissing,
}, () => {
  const grids = Object.values(PLANES).flatMap((affineOf) =>
    SPACINGS.flatMap((spacing) => SHAPES.map((shape) => ({ shape, affine: affineOf(spacing) }))),
  )
  const sourceFiles = writeSourceFiles(
    grids.map((grid) => sourceOn(grid)),
    folder,
  )
  for (const [at, { shape, affine }] of grids.entries()) {
    const path = saveObject(segOf(sourceOn({ shape, affine }), mixedLabels(shape, affine)), join(folder, 'checked.dcm'))
    assert.deepEqual(objectFaults(path), [], `${shape} ${affine}`)
    assert.deepEqual(entityFaults([path, ...sourceFiles[at]!]), [], `${shape} ${affine}`)
  }
})

const READ_BY_SOP_UID = `
import highdicom
out = []
for path, uids in zip(args[0::2], args[1::2]):
    seg = highdicom.seg.segread(path)
    numbers = list(seg.segment_numbers)
    maps = seg.get_pixels_by_source_instance(uids.split(), combine_segments=True, assert_missing_frames_are_empty=True)
    out.append([numbers, maps.ravel().tolist()])
print(json.dumps(out))
`

test('highdicom gives back our label map by SOP instance UID, from either kind', { skip: pydicomMissing }, () => {
  const args: string[] = []
  const expected: unknown[] = []
  for (const shape of SHAPES) {
    const affine = PLANES.oblique([0.9, 1.1, 5])
    const labels = mixedLabels(shape, affine)
    const source = sourceOn(labels)
    for (const kind of ['binary', 'labelmap'] as const) {
      const path = saveObject(segOf(source, labels, { kind }), join(folder, `${kind}-${shape.join('x')}.dcm`))
      args.push(path, source.slices.map(({ sopInstanceUid }) => sopInstanceUid).join(' '))
      expected.push([[1, 2, 3, 4], [...labels.data]])
    }
  }
  assert.deepEqual(pydicom(READ_BY_SOP_UID, args), expected)
})

// Where each labelled voxel lies (RAS+, a tenth of a millimetre), worked out from what the standard says of a frame.
const READ_PLACES = `
out = []
for path in args:
    ds = pydicom.dcmread(path)
    size = ds.Rows * ds.Columns
    bits = np.unpackbits(np.frombuffer(ds.PixelData, np.uint8), bitorder='little')
    shared = ds.SharedFunctionalGroupsSequence[0]
    iop = [float(v) for v in shared.PlaneOrientationSequence[0].ImageOrientationPatient]
    between_rows, between_columns = [float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing]
    places = []
    for f, item in enumerate(ds.PerFrameFunctionalGroupsSequence):
        start = np.array([float(v) for v in item.PlanePositionSequence[0].ImagePositionPatient])
        number = item.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        for at in np.flatnonzero(bits[f * size:(f + 1) * size]):
            row, column = divmod(int(at), ds.Columns)
            p = start + np.array(iop[:3]) * between_columns * column + np.array(iop[3:]) * between_rows * row
            places.append([number] + [int(round(10 * v)) + 0 for v in (-p[0], -p[1], p[2])])
    out.append(sorted(places))
print(json.dumps(out))
`

test('what lies left stays left in all 48 orders of rows, columns and slices', { skip: pydicomMissing }, () => {
  // One voxel each: label 1 far left and low, 2 right and in front, 4 left and on top. Index (i, j, k) is at
  // (−20 + 2i, −30 + 3j, −10 + 4k) mm.
  const shape: Shape = [21, 21, 6]
  const labels: LabelVolume = {
    shape,
    affine: [2, 0, 0, -20, 0, 3, 0, -30, 0, 0, 4, -10, 0, 0, 0, 1],
    data: new Uint8Array(21 * 21 * 6),
  }
  const put = (i: number, j: number, k: number, label: number) => {
    labels.data[i + 21 * (j + 21 * k)] = label
  }
  put(1, 10, 0, 1)
  put(18, 17, 3, 2)
  put(4, 8, 5, 4)
  const expected = [
    [1, -180, 0, -100],
    [2, 160, 210, 20],
    [4, -120, -60, 100],
  ]
  const paths = ALL_48.map((map, at) => {
    const stored = storedAs(labels, map)
    return saveObject(segOf(sourceOn(stored), stored), join(folder, `turned-${at}.dcm`))
  })
  const read = pydicom(READ_PLACES, paths) as unknown[]
  assert.equal(read.length, 48)
  for (const [at, places] of read.entries()) assert.deepEqual(places, expected, JSON.stringify(ALL_48[at]))
})

test('a label map on another grid than the source is not written', () => {
  const shape: Shape = [4, 4, 3]
  const affine = PLANES.axial([1, 1, 2])
  const labels = mixedLabels(shape, affine)
  const mirrored = affine.map((value, at) => (at === 0 ? -value : at === 3 ? value - 3 : value))
  for (const other of [mirrored, affine.map((value, at) => (at === 11 ? value + 2 : value))]) {
    assert.throws(() => segOf(sourceOn({ shape, affine: other }), labels), /not on the grid/)
  }
  assert.throws(() => segOf(sourceOn({ shape: [4, 3, 4], affine }), labels), /not on the grid/)
})

test('dcmqi finds each label where it was, in every plane', { skip: dcmqiMissing }, () => {
  // dcmqi spoils frames whose last byte has 3, 5, 6 or 7 bits (QIICR/dcmqi#341, QuantitativeReporting#278), as those of 3 × 5.
  const shapes = SHAPES.filter(([columns, rows]) => ![3, 5, 6, 7].includes((columns * rows) % 8))
  assert.equal(shapes.length, 2)
  const maps = Object.values(PLANES).flatMap((affineOf) =>
    shapes.map((shape) => mixedLabels(shape, affineOf([0.9, 1.1, 5]))),
  )
  const paths = maps.map((labels, at) => saveObject(segOf(sourceOn(labels), labels), join(folder, `dcmqi-${at}.dcm`)))
  const read = readByDcmqi(paths)
  assert.equal(read.length, maps.length)
  for (const [at, { shape, affine, data }] of maps.entries()) {
    const found = new Uint8Array(data.length)
    const toIndex = multiply(invert(affine), read[at]!.affine)
    const [nx, ny] = read[at]!.shape
    for (const [voxel, label] of read[at]!.data.entries()) {
      const place = applyAffine(toIndex, voxel % nx, Math.floor(voxel / nx) % ny, Math.floor(voxel / (nx * ny)))
      const [i, j, k] = place.map(Math.round) as [number, number, number]
      if (label !== 0) found[i + shape[0] * (j + shape[1] * k)] = label
    }
    assert.deepEqual(found, data, `${shape} ${affine}`)
  }
})
