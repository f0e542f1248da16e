/** The numbers behind the warnings, one by one. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cardSchema } from '../model/card.ts'
import { contrastWarnings } from './result-warnings.ts'

const card = cardSchema.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../models/joint-wmh/card.json'), 'utf8')),
)

/** Mean z-scores of background, CSF, grey, white, lesion; a litre each. */
const contrast = (channel: string, means: number[]) =>
  contrastWarnings(channel, { voxels: means.map(() => 1e6), means }, 0.001, card).map(({ message }) => message)

test('T1 has white above grey above CSF, FLAIR both above CSF and lesions above white matter', () => {
  assert.deepEqual(contrast('t1', [-2, -1, 0, 1, 0]), [])
  assert.deepEqual(contrast('flair', [-2, -1, 0.3, 0, 2]), [])
  assert.match(contrast('t1', [-2, -1, 0.3, 0, 2])[0]!, /^channel t1: white matter is not brighter than grey matter;/)
  assert.match(contrast('t1', [-2, 1, 0, -1, 1])[0]!, /white matter is not .*, grey matter is not brighter than CSF;/)
  assert.match(contrast('flair', [-2, 2, 0, 0, 1])[0]!, /white matter is not brighter than CSF, grey matter is not/)
  assert.match(contrast('flair', [-2, -1, 0, 0.5, 0])[0]!, /lesion is not brighter than white matter/)
})

test('a label that is hardly there and a channel of another sequence are not judged', () => {
  const little = { voxels: [0, 1e6, 1e6, 1e6, 999], means: [Number.NaN, -1, 0.3, 0, -3] }
  assert.deepEqual(contrastWarnings('flair', little, 0.001, card), [])
  assert.deepEqual(contrast('t2', [0, 3, 2, 1, 0]), [])
})
