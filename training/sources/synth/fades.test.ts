import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape } from '../../../src/volume/volume.ts'
import { seededRandom } from '../../compile/random.ts'
import { openFades } from './fades.ts'
import { GROUPS, groupIndex } from './groups.ts'

const SHAPE: Shape = [40, 30, 30]

/** Levels of a volume that is all of one group, white matter at 100 and everything else at 200. */
function faded(group: number, lesions: number, oedema: number): Float32Array {
  const mean = Float32Array.from(GROUPS, (_, g) => (g === groupIndex('white matter') ? 100 : 200))
  const fades = openFades(SHAPE, lesions, oedema, seededRandom(3))
  const groups = new Uint8Array(SHAPE[0]).fill(group)
  const all = new Float32Array(SHAPE[0] * SHAPE[1] * SHAPE[2]).fill(mean[group]!)
  for (let k = 0; k < SHAPE[2]; k++)
    for (let j = 0; j < SHAPE[1]; j++) {
      const row = SHAPE[0] * (j + SHAPE[1] * k)
      fades.row(j, k, groups, mean, all.subarray(row, row + SHAPE[0]))
    }
  return all
}

const ends = (levels: Float32Array): readonly [number, number] => [
  levels.reduce((a, b) => Math.min(a, b)),
  levels.reduce((a, b) => Math.max(a, b)),
]

test('the faintest lesion and oedema lose the share that was asked for, haze all of its contrast, other groups none', () => {
  for (const [group, lowest] of [
    ['lesion', 160],
    ['oedema', 180],
    ['haze', 100],
  ] as const) {
    const [least, most] = ends(faded(groupIndex(group), 0.4, 0.2))
    assert.ok(Math.abs(least - lowest) < 1e-3, `${group}: ${least}`)
    assert.ok(most > 195 && most <= 200, `${group}: ${most}`)
  }
  for (const group of ['cerebral cortex', 'tumour', 'white matter'])
    assert.equal(new Set(faded(groupIndex(group), 0.4, 0.2)).size, 1, group)
})
