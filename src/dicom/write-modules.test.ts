/** Whose result it is: patient and study go from the source into our objects byte for byte. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dicomToolsMissing, objectFaults } from '../../test/fixtures/dicom-checks.ts'
import { SPARSE, segOf } from '../../test/fixtures/dicom-seg.ts'
import { HEADER, LABEL_SET, MAKING, rawElement, saveObject, sourceOn } from '../../test/fixtures/dicom-source.ts'
import { pydicom, pydicomMissing } from '../../test/fixtures/pydicom.ts'
import type { RawElement } from './source-series.ts'
import { writeSr } from './sr-write.ts'

const folder = mkdtempSync(join(tmpdir(), 'identity-'))
after(() => rmSync(folder, { recursive: true }))

/** Paths of a segmentation and of a report for a patient. */
function objectsFor(header: readonly RawElement[], name: string): string[] {
  const source = sourceOn(SPARSE, [...HEADER.filter(({ tag }) => !header.some((own) => own.tag === tag)), ...header])
  const seg = segOf(source, SPARSE)
  const measurements = { labels: [], lesions: null, warnings: [{ code: 'tilted', message: 'tilted by 12°' }] }
  const sr = writeSr({ source, measurements, labelSet: LABEL_SET, seg, making: MAKING })
  return [saveObject(seg, join(folder, `${name}-seg.dcm`)), saveObject(sr, join(folder, `${name}-sr.dcm`))]
}

/** Bytes of the name, and the name as it is decoded. */
const READ_NAME = `
out = []
for path in args:
    ds = pydicom.dcmread(path)
    raw = ds.get_item('PatientName').value.hex()
    name = ds.PatientName
    out.append([raw, name.alphabetic, name.ideographic, name.phonetic])
print(json.dumps(out))
`

// The example of PS3.5, H.3.1: kanji and kana, each shifted in by ESC $ B and out by ESC ( B.
const YAMADA = Buffer.from(
  'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
  'latin1',
)

test('a Japanese name in ISO 2022 IR 87 survives and is read', { skip: pydicomMissing }, () => {
  const charset = rawElement('00080005', 'CS', '\\ISO 2022 IR 87')
  const paths = objectsFor([charset, rawElement('00100010', 'PN', YAMADA)], 'yamada')
  const padded = YAMADA.length % 2 === 0 ? YAMADA : Buffer.concat([YAMADA, Buffer.from(' ')])
  for (const read of pydicom(READ_NAME, paths) as string[][]) {
    assert.deepEqual(read, [padded.toString('hex'), 'Yamada^Tarou', '山田^太郎', 'やまだ^たろう'])
  }
})

test('a Latin-1 name survives and is read', { skip: pydicomMissing }, () => {
  const name = Buffer.from('Müller^Jürgen ', 'latin1')
  const charset = rawElement('00080005', 'CS', 'ISO_IR 100')
  for (const read of pydicom(
    READ_NAME,
    objectsFor([charset, rawElement('00100010', 'PN', name)], 'mueller'),
  ) as string[][]) {
    assert.deepEqual(read, [name.toString('hex'), 'Müller^Jürgen', '', ''])
  }
})

test('a sequence of the source is copied, items of undefined length and all', { skip: dicomToolsMissing }, () => {
  // One item of undefined length with (0008,0100) SH 113100, (0008,0102) SH DCM and (0008,0104) LO.
  const item = [
    'feff00e0 ffffffff',
    '08000001 5348 0600 313133313030',
    '08000201 5348 0400 44434d20',
    '08000401 4c4f 0600 50726f66696c',
    'feff0de0 00000000',
  ]
  const sequence = rawElement('00120064', 'SQ', Buffer.from(item.join('').replaceAll(' ', ''), 'hex'))
  const removed = [rawElement('00120062', 'CS', 'YES '), rawElement('00120063', 'LO', 'by hand ')]
  for (const path of objectsFor([...removed, sequence], 'deidentified')) {
    assert.deepEqual(objectFaults(path), [])
    const read = pydicom(
      'print(json.dumps(pydicom.dcmread(args[0]).DeidentificationMethodCodeSequence[0].CodeValue))',
      [path],
    )
    assert.equal(read, '113100')
  }
})

test('what the source does not say of patient and study is there, empty', { skip: pydicomMissing }, () => {
  const source = sourceOn(SPARSE, [rawElement('00080005', 'CS', '')])
  const script = `
ds = pydicom.dcmread(args[0])
tags = 'PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime ReferringPhysicianName StudyID AccessionNumber'
print(json.dumps([str(ds[tag].value) for tag in tags.split()] + [str(ds.StudyInstanceUID), 'SpecificCharacterSet' in ds]))
`
  const path = saveObject(segOf(source, SPARSE), join(folder, 'nameless.dcm'))
  assert.deepEqual(pydicom(script, [path]), ['', '', '', '', '', '', '', '', '', '1.2.3.1', false])
})

test('times are those of the zone that the source states', { skip: pydicomMissing }, () => {
  const made = new Date('2026-11-29T23:30:15Z')
  const script = `
ds = pydicom.dcmread(args[0])
print(json.dumps([ds.ContentDate, ds.ContentTime, ds.get('PositionReferenceIndicator', 'absent')]))
`
  const header = [...HEADER, rawElement('00080201', 'SH', '+0930 '), rawElement('00201040', 'LO', 'NA')]
  const source = sourceOn(SPARSE, header)
  const making = { ...MAKING, made }
  const seg = segOf(source, SPARSE, {}, making)
  const segPath = saveObject(seg, join(folder, 'zone-seg.dcm'))
  assert.deepEqual(pydicom(script, [segPath]), ['20261130', '090015', 'NA'])
  const measurements = { labels: [], lesions: null, warnings: [] }
  const srPath = saveObject(
    writeSr({ source, measurements, labelSet: LABEL_SET, seg, making }),
    join(folder, 'zone-sr.dcm'),
  )
  assert.deepEqual(pydicom(script, [srPath]), ['20261130', '090015', 'absent'])
  if (!dicomToolsMissing) for (const path of [segPath, srPath]) assert.deepEqual(objectFaults(path), [])
})
