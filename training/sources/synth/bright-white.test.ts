import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../compile/random.ts'
import { WHITE } from '../../method/label-sets.ts'
import { type BrightWhite, drawBrightWhite } from './bright-white.ts'
import { drawContrast } from './contrast.ts'
import { CLASS_OF_GROUP, groupIndex } from './groups.ts'
import { floodFromVentricles, type LabelMap } from './label-map.ts'

const N = 40
const [VENTRICLE, WHITE_GROUP, LESION, BAND, HAZE] = ['ventricles', 'white matter', 'lesion', 'thin band', 'haze'].map(
  groupIndex,
) as [number, number, number, number, number]
const SPEC: BrightWhite = { chance: 1, bandMm: 2, reachMm: 10, haloMm: 3 }

/** A block of white matter beside a wall of ventricle (i < 10): a voxel at i is i − 9 steps from it. */
function wall(lesionAt: (i: number, j: number, k: number) => boolean): LabelMap {
  const groups = new Uint8Array(N ** 3)
  for (let k = 1; k < N - 1; k++)
    for (let j = 1; j < N - 1; j++)
      for (let i = 1; i < N - 1; i++) {
        groups[i + N * (j + N * k)] = i < 10 ? VENTRICLE : lesionAt(i, j, k) ? LESION : WHITE_GROUP
      }
  return { shape: [N, N, N], groups, ventricleSteps: floodFromVentricles(groups, [N, N, N]), brainZ: [1, N - 2] }
}
const at = (groups: Uint8Array, i: number, j: number, k: number) => groups[i + N * (j + N * k)]

test('a lesion of two millimetres along a ventricle is a band, one of five a lesion to the wall, one away from it a lesion', () => {
  const map = wall((i, j) => (j < 15 && i < 12) || (j > 25 && i < 15) || (j === 20 && i === 25))
  const groups = map.groups.slice()
  drawBrightWhite(groups, map, { ...SPEC, chance: 0 }, seededRandom(1))
  assert.deepEqual(
    [10, 11, 12].map((i) => at(groups, i, 5, 20)),
    [BAND, BAND, WHITE_GROUP],
  )
  assert.deepEqual(
    [10, 11, 14, 15].map((i) => at(groups, i, 30, 20)),
    [LESION, LESION, LESION, WHITE_GROUP],
  )
  assert.equal(at(groups, 25, 20, 20), LESION)
})

test('bands keep to their width, haze to white matter near the ventricles and lesions, and lesions stay', () => {
  let [bands, hazes] = [0, 0]
  for (let seed = 0; seed < 10; seed++) {
    const map = wall((i, j, k) => Math.hypot(i - 30, j - 20, k - 20) < 3)
    const groups = map.groups.slice()
    drawBrightWhite(groups, map, SPEC, seededRandom(seed))
    groups.forEach((group, v) => {
      assert.equal(map.groups[v], group === BAND || group === HAZE ? WHITE_GROUP : group)
      if (group === BAND) assert.ok(map.ventricleSteps[v]! <= SPEC.bandMm)
      bands += group === BAND ? 1 : 0
      hazes += group === HAZE ? 1 : 0
    })
  }
  assert.ok(bands > 500 && hazes > 500, `${bands} of band, ${hazes} of haze`)
})

test('bands and haze are white matter in the truth, brighter than it in every FLAIR, and haze is less bright than a lesion', () => {
  for (const group of [BAND, HAZE]) assert.equal(CLASS_OF_GROUP[group], WHITE)
  for (let seed = 0; seed < 100; seed++) {
    const { mean } = drawContrast('flair', false, seededRandom(seed))
    assert.ok(mean[BAND]! > 100 && mean[HAZE]! > 100 && mean[HAZE]! < mean[LESION]!, `seed ${seed}`)
  }
  const { mean } = drawContrast('flair', true, seededRandom(1))
  assert.deepEqual([mean[BAND], mean[HAZE]], [mean[WHITE_GROUP], mean[WHITE_GROUP]])
})
