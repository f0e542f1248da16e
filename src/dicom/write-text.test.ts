import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decimalString } from './write-text.ts'

test('a decimal string has at most 16 characters and as many digits as go in', () => {
  assert.equal(decimalString(0.1), '0.1')
  assert.equal(decimalString(-123.45678901234567), '-123.45678901235')
  assert.equal(decimalString(1 / 3), '0.33333333333333')
  assert.equal(decimalString(-1.2345678901234e-7), '-1.2345678901e-7')
  assert.equal(decimalString(-0), '0')
  assert.throws(() => decimalString(Number.NaN), /NaN/)
})
