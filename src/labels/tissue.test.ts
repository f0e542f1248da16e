import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { labelSetSchema } from './label-set.ts'
import { tissueValues } from './tissue.ts'

test('the bundled model has all three tissues, found by code and not by name', () => {
  const card = JSON.parse(readFileSync(join(import.meta.dirname, '../../models/joint-wmh/card.json'), 'utf8'))
  const labels = labelSetSchema.parse(card.labels).map((label) => ({ ...label, name: 'x' }))
  assert.deepEqual(tissueValues(labels), { csf: 1, grey: 2, white: 3 })
})

test('a set without them has none', () => {
  assert.deepEqual(tissueValues([{ value: 0, name: 'white matter', kind: 'tissue', color: [0, 0, 0] }]), {})
})
