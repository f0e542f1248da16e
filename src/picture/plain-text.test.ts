import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from './plain-text.ts'

test('accents go, known signs are spelled out, others are a question mark, and the rest stays', () => {
  assert.equal(plainText('Ödem à 12° — 3 × 4 µm² ≥ 1', 64), 'Odem a 12 deg - 3 x 4 um2 >= 1')
  assert.equal(plainText('病変 [a]^b_c~', 64), '?? [a]^b_c~')
})

test('a backslash, which parts values, and an escape, which changes the character set, never stay', () => {
  assert.equal(plainText('a\\b\u001b$B', 64), 'a/b?$B')
})

test('text is cut where there is no more room', () => {
  assert.equal(plainText('abcdef', 4), 'abcd')
})
