import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ANY_CLASS, ownSet, STATED, setOf, stateTruth } from './label-sets.ts'

const TISSUE_AND_WMH = Uint8Array.from([0, 1, 2, 3, 4])

test('bit k of a mask is class k', () => {
  assert.equal(setOf(0, 2, 3), 1 + 4 + 8)
  assert.equal(ANY_CLASS, 127)
})

test('a complete source states every class by itself', () => {
  assert.deepEqual([...stateTruth(TISSUE_AND_WMH, 'complete')], [1, 2, 4, 8, 16])
})

test('a tissue source never says lesion: its white matter may hold lesions, and its lesions are white matter', () => {
  assert.deepEqual([...stateTruth(TISSUE_AND_WMH, 'tissue')], [1, 2, 4, 8 + 16, 8 + 16])
})

test('a lesion source says nothing of tissue: outside the lesion any class but its lesion is admissible', () => {
  const rest = 127 - 16
  assert.deepEqual([...stateTruth(TISSUE_AND_WMH, 'lesion')], [rest, rest, rest, rest, 16])
})

test('a tumour source keeps oedema and tumour apart, and neither is in its background', () => {
  const rest = 1 + 2 + 4 + 8 + 16
  assert.deepEqual([...stateTruth(Uint8Array.from([0, 3, 5, 6]), 'tumour')], [rest, rest, 32, 64])
})

test('a tissue source of tumour patients says nothing of tumour and oedema, and what a tissue source says of the rest', () => {
  const stated = [...stateTruth(Uint8Array.from([0, 1, 2, 3, 5, 6]), 'tissue-beside-tumour')]
  assert.deepEqual(stated, [1, 2, 4, 8 + 16, ANY_CLASS, ANY_CLASS])
})

test('a literal source takes background at its word and draws lesions into the white matter', () => {
  assert.deepEqual([...stateTruth(TISSUE_AND_WMH, 'lesion-literal')], [1, 1, 1, 1, 16])
  assert.deepEqual([...stateTruth(TISSUE_AND_WMH, 'tissue-literal')], [1, 2, 4, 8, 8])
})

test('the own labels of a literal lesion source are background and lesion', () => {
  assert.equal(ownSet(STATED['lesion-literal']), 1 + 16)
  assert.equal(ownSet(STATED['tumour-literal']), 1 + 32 + 64)
})

test('a class that cannot occur is refused', () => {
  assert.throws(() => stateTruth(Uint8Array.from([5]), 'tissue'), /class 5 cannot occur in a tissue source.*0\.\.4/)
})
