import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dicomSeries, T1 } from '../../test/fixtures/dicom-study.ts'
import { headerOf } from './kept-header.ts'
import { parsePart10 } from './read-part10.ts'
import { encodeElement, encodeItem } from './write-data-set.ts'

/** The header of a slice that has these elements as well; dicom-parser does not mind their order. */
function headerWith(...more: readonly (readonly [tag: string, vr: string, value: string | Buffer])[]) {
  const extra = more.map(([tag, vr, value]) => encodeElement(tag, vr, Buffer.from(value)))
  const { elements, leftOut } = headerOf(parsePart10(Buffer.concat([dicomSeries(T1)[0]!, ...extra]), 1e6))
  return { kept: new Map(elements.map(({ tag, base64 }) => [tag, Buffer.from(base64, 'base64')])), leftOut }
}

test('allergies, alerts and smoking status are kept; identifiers of a retired attribute are not', () => {
  const { kept } = headerWith(
    ['00102000', 'LO', 'pacemaker '],
    ['00102110', 'LO', 'none'],
    ['001021A0', 'CS', 'NO'],
    ['00101000', 'LO', 'an older number '],
  )
  assert.deepEqual(
    ['00102000', '00102110', '001021A0'].map((tag) => String(kept.get(tag))),
    ['pacemaker ', 'none', 'NO'],
  )
  assert.equal(kept.has('00101000'), false)
})

test('optional values that are none are left out by name, right ones and empty ones are not', () => {
  const wrong = headerWith(['00101020', 'DS', 'tall'], ['00101030', 'DS', '80 kg '], ['001021A0', 'CS', 'SOMETIMES '])
  assert.deepEqual(wrong.leftOut, ['PatientSize', 'PatientWeight', 'SmokingStatus'])
  for (const tag of ['00101020', '00101030', '001021A0']) assert.equal(wrong.kept.has(tag), false)
  const right = headerWith(['00101020', 'DS', '1.78'], ['00101030', 'DS', ' 8.0E1'], ['001021A0', 'CS', ''])
  assert.deepEqual(right.leftOut, [])
  assert.equal(String(right.kept.get('00101020')), '1.78')
})

test('what is longer than a short head can say is left out, so that it can be written at all', () => {
  const longest = 'a'.repeat(0xfffe)
  assert.equal(headerWith(['00104000', 'LT', longest]).kept.get('00104000')!.length, 0xfffe)
})

test('the code of the de-identification is kept as a sequence of its texts', () => {
  const code = Buffer.concat([
    encodeElement('00080100', 'SH', Buffer.from('113100')),
    encodeElement('00080102', 'SH', Buffer.from('DCM ')),
    encodeElement('00080104', 'LO', Buffer.from('Basic Profile ')),
  ])
  const { kept } = headerWith(['00120064', 'SQ', encodeItem(code)])
  assert.deepEqual(kept.get('00120064'), encodeItem(code))
})
