/** Soft tissue in pieces of other levels; the brain and the air untouched. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape } from '../../../src/volume/volume.ts'
import { seededRandom } from '../../compile/random.ts'
import { drawContrast } from './contrast.ts'
import { groupIndex } from './groups.ts'
import { type PaintSpec, paint } from './paint.ts'
import { openPatchwork } from './patchwork.ts'

const SHAPE: Shape = [40, 40, 40]
const SOFT = groupIndex('soft tissue')

test('a mixed group has its own level and two others, in pieces; other groups keep theirs', () => {
  const patchwork = openPatchwork(SHAPE, seededRandom(4))
  const groups = Uint8Array.from({ length: 40 }, (_, i) => (i < 30 ? SOFT : groupIndex('cerebral cortex')))
  const seen = new Map<number, number>()
  for (let k = 0; k < 40; k++)
    for (let j = 0; j < 40; j++) {
      const levels = new Float32Array(40).fill(55)
      patchwork.row(j, k, groups, levels)
      assert.ok(levels.subarray(30).every((level) => level === 55))
      for (const level of levels.subarray(0, 30)) seen.set(level, (seen.get(level) ?? 0) + 1)
    }
  assert.equal(seen.size, 3)
  // a piece is some mm wide: voxels of a level lie together, none is a speck in 48 000
  for (const count of seen.values()) assert.ok(count > 1000, `${[...seen.values()]}`)
})

test('painted with a patchwork, soft tissue spreads more on average than without', () => {
  const groups = new Uint8Array(40 ** 3).fill(SOFT)
  const plain: PaintSpec = {
    blurMm: [0.3, 0.3],
    thickSlices: 0,
    sliceMm: [2, 3],
    bias: 0,
    gamma: 0,
    noise: 0.01,
  }
  const spread = (spec: PaintSpec, seed: number) => {
    const image = paint(groups, SHAPE, drawContrast('t1', false, seededRandom(2)), spec, seededRandom(seed))
    const mean = image.reduce((sum, x) => sum + x, 0) / image.length
    return Math.sqrt(image.reduce((sum, x) => sum + (x - mean) ** 2, 0) / image.length)
  }
  const seeds = [1, 2, 3, 4, 5, 6]
  const total = (spec: PaintSpec) => seeds.reduce((sum, seed) => sum + spread(spec, seed), 0)
  const [patched, without] = [total({ ...plain, patchwork: 1 }), total(plain)]
  assert.ok(patched > 1.2 * without, `${patched} against ${without}`)
})
