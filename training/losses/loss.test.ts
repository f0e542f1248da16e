import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lossSchema } from './loss.ts'

test('a loss without a term above 0 is refused, and so is an unknown term', () => {
  assert.equal(lossSchema.safeParse({ crossEntropy: 0 }).success, false)
  assert.equal(lossSchema.safeParse({ hinge: 1 }).success, false)
  assert.equal(lossSchema.safeParse({ patchAce: 1 }).success, true)
})
