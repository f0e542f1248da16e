/** The page may import nothing of the service that runs; what it repeats is held to be the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FATE_LABELS as OURS } from '../src/measure/fate-labels.ts'
import { FATE_LABELS } from '../web/compare/fates.ts'

test('the page shows fates by the values and colours that the map of them has', () => {
  const shown = FATE_LABELS.filter(({ value }) => value > 0).map(({ value, color }) => ({ value, color: [...color] }))
  const made = OURS.filter(({ value }) => value > 0).map(({ value, color }) => ({ value, color: [...(color ?? [])] }))
  assert.deepEqual(shown, made)
})
