import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import { type Assessment, assessedBy, faultOfAssessment } from './assessment.ts'
import { cardSchema } from './card.ts'

const card = tinyCard('tiny', new Uint8Array(1)) // t1, flair; brain tissue, lesion
const entry = (channels: string[], ...labels: [string, 'none' | 'low'][]): Assessment[number] => ({
  channels,
  labels: labels.map(([label, verdict]) => ({ label, verdict, evidence: 'measured' })),
})
const assessment = [entry(['t1'], ['lesion', 'none'], ['brain tissue', 'low'])]

test('exactly the channels that an entry names are judged by it; of others every label is shown', () => {
  assert.deepEqual(assessedBy(['t1'], { ...card, assessment }), {
    channels: ['t1'],
    notAssessable: [2],
    lowReliability: [1],
  })
  const both = { channels: ['t1', 'flair'], notAssessable: [], lowReliability: [] }
  assert.deepEqual(assessedBy(['flair', 't1'], { ...card, assessment }), both)
  assert.deepEqual(assessedBy(['t1'], card), { ...both, channels: ['t1'] })
})

test('a card that assesses what it does not have, or something twice, is no card', () => {
  const fault = (...entries: Assessment) => faultOfAssessment({ ...card, assessment: entries })
  assert.equal(fault(...assessment), undefined)
  assert.equal(fault(entry(['t2'], ['lesion', 'low'])), 'no channel is called t2')
  assert.equal(fault(entry(['t1'], ['background', 'low'])), 'no label that a scan can show is called background')
  assert.equal(fault(entry(['t1'], ['lesion', 'low'], ['lesion', 'none'])), 't1: a label stands twice')
  const twice = [entry(['t1', 'flair'], ['lesion', 'low']), entry(['flair', 't1'], ['lesion', 'low'])]
  assert.equal(fault(...twice), 'flair + t1 is assessed twice')
  assert.equal(cardSchema.safeParse({ ...card, assessment: twice }).success, false)
  assert.equal(cardSchema.safeParse({ ...card, assessment }).success, true)
})
