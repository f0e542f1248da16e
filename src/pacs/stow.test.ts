import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verdictOf } from './delivery-code.ts'
import type { DataSet } from './dicom-json.ts'
import { judge } from './stow.ts'

const [UID, OTHER, SEG] = ['2.25.1', '2.25.2', '1.2.840.10008.5.1.4.1.1.66.4']
const item = (uid: string, more: object = {}) => ({
  '00081150': { vr: 'UI', Value: [SEG] },
  '00081155': { vr: 'UI', Value: [uid] },
  ...more,
})
const stored = (...items: object[]): DataSet => ({ '00081199': { Value: items } })
const failed = (uid: string, reason?: number): DataSet => ({
  '00081198': { Value: [item(uid, reason === undefined ? {} : { '00081197': { vr: 'US', Value: [reason] } })] },
})
const code = (status: number, answer: DataSet | null) => judge(status, answer, UID, SEG).code

test('stored is what the answer names as stored, whatever its status', () => {
  assert.equal(code(200, stored(item(OTHER), item(UID))), 'stored')
  assert.equal(code(202, stored(item(UID))), 'stored')
  assert.equal(code(400, stored(item(UID))), 'stored')
  assert.deepEqual(judge(202, stored(item(UID, { '00081196': { Value: [0xb000] } })), UID, SEG), {
    code: 'warning',
    detail: 'HTTP 202, reason B000',
  })
})

test('a good status without the instance is no word about it', () => {
  for (const answer of [null, {}, stored(), stored(item(OTHER)), failed(OTHER, 0xa700)]) {
    assert.equal(code(200, answer), 'not-told')
  }
  assert.equal(code(200, stored({ ...item(UID), '00081150': { Value: ['1.2.3'] } })), 'not-told', 'another class')
  assert.equal(code(200, { ...stored(item(UID)), ...failed(UID, 0x0110) }), 'not-told', 'both')
})

test('a failure is by its reason: no room is later, no support is never', () => {
  const verdicts = [0xa700, 0xa7ff, 0x0110, 0x0111, 0x0122, 0xc122, 0xa900, 0xc000, 0x0124, 0x0001, undefined].map(
    (reason) => {
      const found = code(200, failed(UID, reason))
      return `${reason?.toString(16)} ${found} ${verdictOf(found)}`
    },
  )
  assert.deepEqual(verdicts, [
    'a700 full transient',
    'a7ff full transient',
    '110 not-processed transient',
    '111 duplicate stored',
    '122 not-supported permanent',
    'c122 not-supported permanent',
    'a900 not-understood permanent',
    'c000 not-understood permanent',
    '124 unauthorised permanent',
    '1 refused permanent',
    'undefined refused permanent',
  ])
})

test('without a word about the instance the status decides', () => {
  const verdicts = [301, 400, 401, 403, 404, 409, 413, 415, 429, 500, 502, 503, 504, 507].map(
    (status) => `${status} ${verdictOf(code(status, null))}`,
  )
  assert.deepEqual(verdicts, [
    '301 permanent',
    '400 permanent',
    '401 permanent',
    '403 permanent',
    '404 permanent',
    '409 permanent',
    '413 permanent',
    '415 permanent',
    '429 transient',
    '500 ambiguous',
    '502 ambiguous',
    '503 transient',
    '504 ambiguous',
    '507 transient',
  ])
})
