import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ANY_CLASS, setOf, stateTruth } from './label-sets.ts'

const COMPLETE = Uint8Array.from([0, 1, 2, 3, 4])

test('bit k of a mask is class k', () => {
  assert.equal(setOf(0, 2, 3), 1 + 4 + 8)
  assert.equal(ANY_CLASS, 31)
})

test('a complete source states every class by itself', () => {
  assert.deepEqual([...stateTruth(COMPLETE, 'complete')], [1, 2, 4, 8, 16])
})

test('a tissue source never says lesion: its white matter may hold lesions, and its lesions are white matter', () => {
  assert.deepEqual([...stateTruth(COMPLETE, 'tissue')], [1, 2, 4, 8 + 16, 8 + 16])
})

test('a lesion source says nothing of tissue: outside the lesion any class but lesion is admissible', () => {
  assert.deepEqual([...stateTruth(COMPLETE, 'lesion')], [15, 15, 15, 15, 16])
})

test('a class that does not exist is refused', () => {
  assert.throws(() => stateTruth(Uint8Array.from([5]), 'tissue'), /class 5 is not one of 0..4/)
})
