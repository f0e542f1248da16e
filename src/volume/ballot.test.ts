import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBallot } from './ballot.ts'

test('the heaviest label wins, whoever is nearest', () => {
  const ballot = createBallot()
  ballot.add(1, 0.3)
  ballot.add(2, 0.25)
  ballot.add(2, 0.25)
  ballot.add(0, 0.2)
  assert.equal(ballot.winner(1), 2)
})

test('of equals the nearest wins, else the lowest, and rounding does not decide', () => {
  const ballot = createBallot()
  ballot.add(3, 0.1 + 0.2)
  ballot.add(2, 0.3)
  ballot.add(9, 0.4 - 0.1)
  ballot.add(7, 0.1)
  assert.equal(ballot.winner(9), 9)
  assert.equal(ballot.winner(7), 2)
})

test('a cleared ballot has forgotten its votes', () => {
  const ballot = createBallot()
  ballot.add(1, 1)
  ballot.clear()
  ballot.add(2, 0.1)
  assert.equal(ballot.winner(2), 2)
})
