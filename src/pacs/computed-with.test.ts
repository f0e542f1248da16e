import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import { createComputedWith, modelFaults } from './computed-with.ts'
import { pacsConfig, type Rule } from './config.ts'

const card = tinyCard('tiny', Buffer.from('weights'))
const ruled = (...rules: object[]) =>
  pacsConfig.parse({ rules: rules.map((rule, at) => ({ name: `r${at}`, model: 'tiny', require: ['t1'], ...rule })) })

test('other weights, or another version, are another intake', () => {
  const [rule] = ruled({}).rules as [Rule]
  const of = (change: object) => createComputedWith(() => [{ card: { ...card, ...change } }])(rule).model
  const all = [of({}), of({ version: '9.9.9' }), of({ weights: { ...card.weights, sha256: '0'.repeat(64) } })]
  assert.equal(new Set(all).size, 3)
  assert.deepEqual(createComputedWith(() => [{ card }])(rule).options, { strict: '1' })
  const [lenient] = ruled({ strict: false }).rules as [Rule]
  assert.deepEqual(createComputedWith(() => [{ card }])(lenient).options, {})
})

test('a model that serves no more computes nothing', () => {
  const [rule] = ruled({}).rules as [Rule]
  assert.throws(() => createComputedWith(() => [])(rule), /there is no model tiny now/)
})

test('models and channels that are not there, or are needed, are told all at once', () => {
  const config = ruled({}, { model: 'none' }, { require: ['t1'], wish: ['t9'] }, { require: ['t1'] })
  assert.deepEqual(modelFaults(config, [{ card: { ...card, required: 'any' } }]), [
    'ONELABEL_PACS_CONFIG: rules[1].model: there is no model none; there are: tiny',
    'ONELABEL_PACS_CONFIG: rules[2]: tiny has no channel t9; it has t1, flair',
  ])
  assert.deepEqual(modelFaults(ruled({}), [{ card: { ...card, required: 'all' } }]), [
    'ONELABEL_PACS_CONFIG: rules[0].require: tiny needs flair',
  ])
})
