import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import { modelsChange } from './model-change.ts'

const card = (id: string, version = '1.0.0') => ({ ...tinyCard(id, Buffer.from('weights')), version })
/** printf weights | sha256sum */
const SHA256 = '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c'

test('each model is added, removed, replaced or unchanged', () => {
  const change = modelsChange([card('a'), card('b'), card('c')], [card('b', '2.0.0'), card('c'), card('d')])
  const ids = [change.added, change.removed, change.replaced, change.unchanged].map((list) => list.map(({ id }) => id))
  assert.deepEqual(ids, [['d'], ['a'], ['b'], ['c']])
  const [b] = change.replaced
  assert.deepEqual([b!.version, b!.was.version], ['2.0.0', '1.0.0'])
  assert.equal(change.added[0]!.sha256, SHA256)
})

test('a card with another number in it is another model, though version and weights are the same', () => {
  const changed = { ...card('a'), postprocess: { minLesionMl: 0.01, keepLargestComponent: false } }
  const { replaced, unchanged } = modelsChange([card('a')], [changed])
  assert.deepEqual([replaced.length, unchanged.length], [1, 0])
})
