import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { includesConfidence, optionsOf } from './options.ts'

test('the options are taken out of whatever a form holds; what was not sent is not there', () => {
  const form = { model: 'tiny', include: 'confidence', flip: 'average' }
  assert.deepEqual(optionsOf(form), { include: 'confidence', flip: 'average' })
  assert.deepEqual(optionsOf({}), {})
})

test('a value that an option does not have is refused, and the allowed one named', () => {
  assert.throws(() => optionsOf({ include: 'labels' }), faultOf('malformed-request'))
  assert.throws(() => optionsOf({ flip: '' }), /flip can be average/)
})

test('a confidence map is there where it was asked for', () => {
  assert.deepEqual([{}, { flip: 'average' }, { include: 'confidence' }].map(includesConfidence), [false, false, true])
})
