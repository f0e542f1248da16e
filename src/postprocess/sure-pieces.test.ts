import assert from 'node:assert/strict'
import { test } from 'node:test'
import { surePieces } from './sure-pieces.ts'

/** One row of voxels: its values, and their confidences in tenths. */
function row(rest: string, tenths: string, least: number): string {
  const values = Uint8Array.from(rest, (c) => (c === '.' ? 0 : Number(c)))
  const confidence = Uint8Array.from(tenths, (c) => 10 * Number(c))
  return [...surePieces(values, [rest.length, 1, 1], confidence, least)].join('')
}

test('two cores that hang together are two pieces, each judged by its own mean', () => {
  // cores at 2 and 7; the voxels between go with the nearer: 1 to 4 and 5 to 8
  assert.equal(row('.12111121.', '0999955550', 70), '0111100000')
  // together they have a mean of 70
  assert.equal(row('.11111111.', '0999955550', 70), '0111111110')
  assert.equal(row('.11111111.', '0999955550', 71), '0000000000')
})

test('a piece without a core is one of its own', () => {
  assert.equal(row('121.11.1', '99909901', 80), '11101100')
})

test('a mean that is just enough is enough', () => {
  assert.equal(row('12', '64', 50), '11')
  assert.equal(row('12', '64', 50.1), '00')
})

test('nothing to be judged, nothing back', () => {
  assert.equal(row('...', '999', 0), '000')
})
