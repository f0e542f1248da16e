/** Faulty sources, made by pydicom with one fault each: what happens to each. docs/dicom.md has them as a table. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import type { RepairKind } from '../src/dicom/repairs.ts'
import { FaultError, type FaultKind } from '../src/errors.ts'
import { applyAffine } from '../src/volume/affine.ts'
import type { WarningCode } from '../src/warnings.ts'
import { makeCases } from './fixtures/made-dicom.ts'
import { pydicomMissing } from './fixtures/pydicom.ts'
import { readDicom } from './fixtures/read-dicom.ts'

const REFUSED: Readonly<Record<string, readonly [code: FaultKind, numbers: RegExp]>> = {
  'missing slice': [
    'dicom-missing-slice',
    /1\.000 mm apart but the step after slice 3 of 5 is 2\.000 mm: 1 slice is missing/,
  ],
  uneven: ['dicom-uneven-spacing', /1\.000 mm apart but the step after slice 3 of 6 is 1\.400 mm/],
  'steps that add up': ['dicom-uneven-spacing', /1\.35 mm beside even slices of 1\.022 mm; at most 0\.26 mm/],
  tilt: ['dicom-tilt', /0\.250 mm .* at most 0\.01/],
  'one slice shifted': ['dicom-tilt', /slice 3 of 6 is shifted by 2\.00 mm .* at most 0\.25 mm/],
  'duplicate UID': ['dicom-duplicate-instance', /of 6 images .* two have one SOPInstanceUID/],
  'duplicate position': ['dicom-duplicate-position', /of 5 places some have 1 images and others 2/],
  'mixed sizes': ['dicom-mixed-sizes', /16 × 12 and 16 × 11/],
  'mixed pixel spacing': ['dicom-mixed-sizes', /1 × 1 and 1 × 1\.1 mm/],
  'mixed orientation': ['dicom-mixed-orientation', /differs by 1\.0000; at most 0\.001/],
  'mixed units': ['dicom-mixed-units', /one unit is allowed/],
  'rescale of one slice missing': ['dicom-mixed-units', /one unit is allowed/],
  'empty PixelSpacing': ['dicom-header', /PixelSpacing has 0 usable numbers of 0; 2 are needed/],
  'no position': ['dicom-header', /ImagePositionPatient has 0 usable numbers of 0; 3 are needed/],
  'orientation of three numbers': ['dicom-header', /3 usable numbers of 3; 6 are needed/],
  'truncated pixels': ['dicom-truncated', /ends too early/],
  '3 GB in a length': ['dicom-truncated', /ends too early/],
  '3 GB in sizes': ['too-many-voxels', /9\.6 billion voxels; at most 16\.7 million/],
  'enhanced, frames promised': ['dicom-header', /NumberOfFrames is 30000 and 6 frames are described/],
  'mosaic without its CSA header': ['dicom-header', /no number of images; allowed: 2 to 4096/],
  RGB: ['dicom-colour', /3 samples a pixel.*1 sample/],
  localiser: ['dicom-localiser', /ImageType/],
  derived: ['dicom-derived', /ImageType/],
  'two volumes alike': ['dicom-several-acquisitions', /each of 6 places has 2 images/],
  'single slice': ['dicom-single-slice', /1 slice; a volume has at least 2/],
  'two patients': ['dicom-several-patients', /name 2 patients; one is allowed/],
  'unknown syntax': ['dicom-transfer-syntax', /1\.2\.840\.10008\.1\.2\.7; allowed/],
  constant: ['scan-constant', /one value/],
}

/** Nothing of the folder is read: of such a file it cannot be said what it is part of. */
const NOTHING_READ: Readonly<Record<string, FaultKind>> = {
  'truncated header': 'dicom-truncated',
  'no series UID': 'dicom-header',
  'deflate bomb': 'inflated-too-large',
}

interface Expected {
  readonly warnings?: readonly WarningCode[]
  readonly repairs?: readonly `${RepairKind} ${string}`[]
  readonly value?: (plain: number, i: number, j: number, k: number) => number
}

/** Read, each voxel with the number of its place (or what the case makes of it). */
const READ: Readonly<Record<string, Expected>> = {
  whole: {},
  mosaic: {},
  'mosaic, downwards': {},
  implicit: {},
  deflated: {},
  'uneven within tolerance': {},
  'a file twice': { warnings: ['dicom-repaired'], repairs: ['duplicate-file SOPInstanceUID'] },
  'wrong VR': {
    warnings: ['dicom-repaired'],
    repairs: ['wrong-vr EchoTime', 'wrong-vr ImagePositionPatient', 'wrong-vr PixelSpacing'],
  },
  'no frame of reference': { warnings: ['dicom-repaired'], repairs: ['missing FrameOfReferenceUID'] },
  'no SOP instance UID in the data set': { warnings: ['dicom-repaired'], repairs: ['missing SOPInstanceUID'] },
  'no type 2': {
    warnings: ['dicom-repaired'],
    repairs: [
      ...['AccessionNumber', 'PatientBirthDate', 'PatientID', 'PatientName', 'PatientSex'].map(
        (name) => `missing ${name}` as const,
      ),
      ...['ReferringPhysicianName', 'StudyDate', 'StudyTime'].map((name) => `missing ${name}` as const),
    ],
  },
  'over-long strings': {
    warnings: ['dicom-repaired'],
    repairs: ['wrong-vr ImagePositionPatient', 'too-long SeriesDescription'],
  },
  'rescale a slice': { value: (plain, _i, _j, k) => 0.5 * plain + 100 * k },
  'enhanced, frames shuffled': { value: (plain, _i, _j, k) => plain + k },
  MONOCHROME1: { warnings: ['dicom-inverted'] },
  'signed 12 bits under others': { value: (plain) => plain - 300 },
  // Filled outside with 0, within with the mean of the neighbours, which is what would have stood there.
  padding: { warnings: ['no-data'], value: (plain, i) => (i < 3 ? 0 : plain) },
  'lossy once': { warnings: ['dicom-lossy'] },
  'PR, SR, SEG, DICOMDIR and text among them': {},
}

const asItIs = (plain: number): number => plain

const scratch = mkdtempSync(join(tmpdir(), 'onelabel-faults-'))
after(() => rmSync(scratch, { recursive: true }))
const names = [
  ...Object.keys(REFUSED),
  ...Object.keys(NOTHING_READ),
  ...Object.keys(READ),
  'two acquisitions',
  'two echoes',
]
const folders = pydicomMissing ? new Map<string, string>() : makeCases(names, scratch)
const skip = pydicomMissing

for (const [name, [code, numbers]] of Object.entries(REFUSED)) {
  test(`${name}: refused as ${code}`, { skip }, async () => {
    const { scans, faults } = await readDicom([folders.get(name)!])
    assert.deepEqual(scans, [])
    assert.equal(faults.length, 1)
    assert.equal(faults[0]!.fault.kind, code)
    assert.match(faults[0]!.message, numbers)
    assert.doesNotMatch(faults[0]!.message, /SECRET/)
  })
}

for (const [name, code] of Object.entries(NOTHING_READ)) {
  test(`${name}: nothing of the folder is read, ${code}`, { skip }, async () => {
    await assert.rejects(readDicom([folders.get(name)!]), (error: unknown) => {
      assert.ok(error instanceof FaultError)
      assert.equal(error.fault.kind, code)
      assert.doesNotMatch(error.message, /SECRET/)
      return true
    })
  })
}

for (const [name, { warnings = [], repairs = [], value = asItIs }] of Object.entries(READ)) {
  test(`${name}: read, every voxel at its place`, { skip }, async () => {
    const { scans } = await readDicom([folders.get(name)!])
    assert.equal(scans.length, 1)
    const [{ scan, source, repairs: found }] = scans as [(typeof scans)[number]]
    const { shape, affine, data } = scan.volume
    assert.deepEqual(shape, [16, 12, 6])
    assert.deepEqual(source.shape, shape)
    data.forEach((voxel, at) => {
      const [i, j, k] = [at % 16, Math.floor(at / 16) % 12, Math.floor(at / 192)]
      const [x, y, z] = applyAffine(affine, i, j, k)
      const plain = Math.round(x + 10 * y + 100 * z)
      assert.equal(voxel, value(plain, x, y, z))
    })
    assert.deepEqual(
      scan.warnings.map((warning) => warning.code),
      warnings,
    )
    assert.deepEqual(
      found.map(({ kind, attribute }) => `${kind} ${attribute}`),
      repairs,
    )
    assert.doesNotMatch(JSON.stringify(scan.warnings), /SECRET/)
  })
}

test('two acquisitions and two echoes of one series are two scans, each whole', { skip }, async () => {
  for (const [name, key] of [
    ['two acquisitions', 'acquisition'],
    ['two echoes', 'echo time'],
  ] as const) {
    const { contents, scans } = await readDicom([folders.get(name)!])
    assert.deepEqual(
      contents.series.map(({ by }) => Object.keys(by)),
      [[key], [key]],
    )
    const [a, b] = scans.map(({ scan }) => scan.volume.data)
    assert.ok(a!.every((value, at) => b![at] === value + 1))
  }
})

test('objects that are no image, lists and texts beside a series do not keep it from being read, and are told', {
  skip,
}, async () => {
  const { contents, faults } = await readDicom([folders.get('PR, SR, SEG, DICOMDIR and text among them')!])
  assert.deepEqual(
    faults.map(({ fault }) => fault.kind),
    ['dicom-not-image', 'dicom-not-image', 'dicom-not-image'],
  )
  assert.deepEqual(contents.ignored, { notDicom: 1, directories: 1 })
})

test('what is kept of a series names each slice by its instance, and the patient byte for byte', { skip }, async () => {
  const { scans } = await readDicom([folders.get('whole')!])
  const { source } = scans[0]!
  assert.deepEqual(
    source.slices.map(({ sopInstanceUid, positionLpsMm }) => [sopInstanceUid.split('.').pop(), positionLpsMm]),
    // k grows along row × column, which with rows to the left and columns to the back (L, P) is up.
    [1, 2, 3, 4, 5, 6].map((n) => [String(n), [0, 0, n - 1]]),
  )
  const name = source.header.find(({ tag }) => tag === '00100010')!
  assert.equal(Buffer.from(name.base64, 'base64').toString('latin1').trim(), 'SECRET^NAME')
  assert.equal(source.frameOfReferenceUid, '1.2.826.0.1.3680043.8.498.22.4.1')
  const { scans: unframed } = await readDicom([folders.get('no frame of reference')!])
  assert.match(unframed[0]!.source.frameOfReferenceUid, /^2\.25\.[1-9][0-9]{1,38}$/)
})

test('frames of a multi-frame instance are named by their number', { skip }, async () => {
  const { scans } = await readDicom([folders.get('enhanced, frames shuffled')!])
  assert.deepEqual(
    scans[0]!.source.slices.map(({ frameNumber }) => frameNumber),
    // They lie in the file as 3, 0, 5, 1, 4, 2.
    [2, 4, 6, 1, 5, 3],
  )
})

test('docs/dicom.md has a row for each of these', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../docs/dicom.md'), 'utf8')
  const rows = [...page.matchAll(/^\| ([^|]+?) \| ([^|]+?) \|/gm)].map(
    ([, situation, happens]) => [situation, happens] as const,
  )
  for (const [name, [code]] of Object.entries(REFUSED))
    assert.ok(
      rows.some(([situation, happens]) => situation === name && happens!.includes(`\`${code}\``)),
      name,
    )
  for (const [name, code] of Object.entries(NOTHING_READ))
    assert.ok(
      rows.some(([situation, happens]) => situation === name && happens!.includes(`\`${code}\``)),
      name,
    )
  for (const [name, { warnings = [] }] of Object.entries(READ).filter(
    ([, expected]) => Object.keys(expected).length > 0,
  ))
    assert.ok(
      rows.some(
        ([situation, happens]) => situation === name && warnings.every((code) => happens!.includes(`\`${code}\``)),
      ),
      name,
    )
})
