/** What a card's evaluation and assessment say, in the form in which people read it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Card } from '../server/models.ts'
import { scoresOf } from './scores.ts'
import { shownLabels } from './shown-labels.ts'

test('scores are told by label and scans, with their median, range and number; what has none is not counted', () => {
  const subjects = [
    { note: 't1; real', dice: { lesion: 0.2, tissue: 0.9 } },
    { note: 't1; synthetic', dice: { lesion: 0.4, tissue: null } },
    { note: 't1 + flair; real', dice: { lesion: 0.8 } },
  ]
  assert.deepEqual(
    scoresOf(subjects).map(({ label, from, median, lowest, highest, n }) => [
      label,
      from,
      median.toFixed(2),
      lowest,
      highest,
      n,
    ]),
    [
      ['lesion', 't1', '0.30', 0.2, 0.4, 2],
      ['tissue', 't1', '0.90', 0.9, 0.9, 1],
      ['lesion', 't1 + flair', '0.80', 0.8, 0.8, 1],
    ],
  )
})

test('a set of channels shows what the card does not deny', () => {
  const labels = [
    { label: 'lesion', verdict: 'none', evidence: '' },
    { label: 'tissue', verdict: 'low', evidence: '' },
  ]
  const card = { assessment: [{ channels: ['t1'], labels }] } as unknown as Card
  assert.deepEqual(shownLabels(card, ['t1']), { not: ['lesion'], poor: ['tissue'] })
  assert.deepEqual(shownLabels(card, ['flair', 't1']), { not: [], poor: [] })
})
