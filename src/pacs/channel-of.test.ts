import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelOf } from './channel-of.ts'

const NAMED: readonly [description: string, channel: string | null][] = [
  ['t1', 't1'],
  ['T1 MPRAGE sag', 't1'],
  ['Sag 3D FLAIR', 'flair'],
  ['t2_tirm_tra_dark-fluid', 'flair'],
  ['AX T1 FLAIR', 't1'],
  ['localizer', null],
  ['T2 TSE tra', null],
  ['ep2d_diff_ADC', null],
  ['T1 knee', null],
  ['', null],
]
const series = (description: string, modality = 'MR') => ({
  key: 'k',
  seriesInstanceUid: '1.2',
  modality,
  number: 1,
  description,
  manufacturer: 'made',
  instances: 1,
  expected: null,
})

for (const [description, channel] of NAMED) {
  test(`a series named '${description}' may be ${channel ?? 'nothing'}`, () => {
    assert.equal(channelOf(series(description))?.channel ?? null, channel)
  })
}

test('after a contrast agent is less wanted than before, and a CT is nothing', () => {
  const [plain, contrast] = [channelOf(series('T1 MPRAGE')), channelOf(series('T1 MPRAGE post Gd'))]
  assert.ok(plain!.preference > contrast!.preference)
  assert.equal(channelOf(series('T1 MPRAGE', 'CT')), null)
})
