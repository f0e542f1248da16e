import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../compile/random.ts'
import { drawContrast } from './contrast.ts'
import { groupIndex } from './groups.ts'

const at = {
  white: groupIndex('white matter'),
  grey: groupIndex('cerebral cortex'),
  csf: groupIndex('ventricles'),
  lesion: groupIndex('lesion'),
}
const levels = (modality: 't1' | 'flair', random: boolean, seed: number) => {
  const { mean } = drawContrast(modality, random, seededRandom(seed))
  return { white: mean[at.white]!, grey: mean[at.grey]!, csf: mean[at.csf]!, lesion: mean[at.lesion]! }
}
const SEEDS = Array.from({ length: 200 }, (_, seed) => seed)

test('in every T1 white matter is brighter than grey, grey than CSF, and a lesion darker than white matter', () => {
  for (const seed of SEEDS) {
    const { white, grey, csf, lesion } = levels('t1', false, seed)
    assert.ok(
      white > grey && grey > csf && lesion < white && lesion > csf,
      `seed ${seed}: ${[white, grey, csf, lesion]}`,
    )
  }
})

test('in every FLAIR CSF is dark, grey is at least white, and a lesion is brighter than both', () => {
  for (const seed of SEEDS) {
    const { white, grey, csf, lesion } = levels('flair', false, seed)
    assert.ok(csf < 0.6 * white && grey >= white && lesion > 1.1 * grey, `seed ${seed}: ${[white, grey, csf, lesion]}`)
  }
})

test('a random contrast also gives the reverse order', () => {
  const reversed = SEEDS.filter((seed) => {
    const { white, grey } = levels('t1', true, seed)
    return grey > white
  }).length
  assert.ok(reversed > 60 && reversed < 140, `${reversed} of 200`)
})

test('lesions lie where a recipe says: at 1 a T1 lesion is as bright as white matter, at 1.8 a FLAIR lesion 1.8 times', () => {
  const at = (modality: 't1' | 'flair') =>
    drawContrast(modality, false, seededRandom(3), {
      t1: { lesion: [1, 1] },
      flair: { lesion: [1.8, 1.8] },
    }).mean[groupIndex('lesion')]!
  assert.ok(Math.abs(at('t1') - 100) < 1e-4)
  assert.ok(Math.abs(at('flair') - 180) < 1e-4)
})

test('grey matter may be darker than white in a FLAIR where a recipe says so', () => {
  const { mean } = drawContrast('flair', false, seededRandom(3), { flair: { grey: [0.85, 0.85] } })
  assert.ok(Math.abs(mean[at.grey]! - 85) < 1e-4)
})
