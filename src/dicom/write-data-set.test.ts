/** Bytes worked out by hand from PS3.5, 7.1.2, 6.2 and 7.5.1. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawElement } from '../../test/fixtures/dicom-source.ts'
import { encodeDataSet } from './write-data-set.ts'

const hex = (text: string) => text.replaceAll(' ', '')

test('text is padded with a space, a UID with a zero byte', () => {
  assert.equal(encodeDataSet({ Modality: 'SEG' }).toString('hex'), hex('0800 6000 4353 0400 53454720'))
  assert.equal(encodeDataSet({ SOPClassUID: '1.2' }).toString('hex'), hex('0800 1600 5549 0400 312e3200'))
})

test('values are parted by a backslash, numbers stand in their bytes, lowest first', () => {
  assert.equal(encodeDataSet({ ImageType: ['A', 'B'] }).toString('hex'), hex('0800 0800 4353 0400 415c4220'))
  assert.equal(encodeDataSet({ Rows: 258 }).toString('hex'), hex('2800 1000 5553 0200 0201'))
  assert.equal(
    encodeDataSet({ DimensionIndexPointer: 'ReferencedSegmentNumber' }).toString('hex'),
    hex('2000 6591 4154 0400 6200 0b00'),
  )
})

test('an empty value has length 0, an absent one no element', () => {
  assert.equal(encodeDataSet({ PatientID: '', StudyID: undefined }).toString('hex'), hex('1000 2000 4c4f 0000'))
})

test('a sequence and its items state their lengths, in 32 bits', () => {
  assert.equal(
    encodeDataSet({ PixelMeasuresSequence: [{ SliceThickness: 5 }] }).toString('hex'),
    hex('2800 1091 5351 0000 12000000  feff 00e0 0a000000  1800 5000 4453 0200 3520'),
  )
})

test('tags rise, whoever wrote them, and an element of the source gives way to ours', () => {
  const source = [rawElement('00100010', 'PN', 'A '), rawElement('00080060', 'CS', 'MR')]
  assert.equal(
    encodeDataSet({ Modality: 'SR', Rows: 1 }, source).toString('hex'),
    hex('0800 6000 4353 0200 5352  1000 1000 504e 0200 4120  2800 1000 5553 0200 0100'),
  )
})

test('a value that its kind cannot hold is a bug', () => {
  assert.throws(() => encodeDataSet({ Modality: 'seg' }), /cannot be a CS/)
  assert.throws(() => encodeDataSet({ SOPClassUID: 'x' }), /cannot be a UI/)
  assert.throws(() => encodeDataSet({}, [rawElement('00100010', 'PN', 'x'.repeat(70_000))]), /70000 bytes/)
})
