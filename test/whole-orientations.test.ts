/** The way a head is stored says nothing about it: label maps of all 48 orders of the axes are one map. */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { segment } from '../src/inference/segment.ts'
import { dice } from '../src/measure/overlap.ts'
import { readModels } from '../src/model/registry.ts'
import type { Engine } from '../src/network/engine.ts'
import { openEngine } from '../src/network/ort.ts'
import { applyAffine } from '../src/volume/affine.ts'
import { orientationCode, toCanonical } from '../src/volume/orientation.ts'
import type { Grid, LabelVolume, Volume } from '../src/volume/volume.ts'
import { seededRandom } from '../training/compile/random.ts'
import { phantomHead } from '../training/sources/synth/phantom.ts'
import { ALL_48, storedAs, tiltedAffine } from './fixtures/orientations.ts'
import { tinyCard } from './fixtures/tiny-model.ts'

const card = tinyCard('tiny', new Uint8Array(1))

/**
 * Looks one voxel ahead, twice as far up as forward and as right: an engine that sees a mirrored or turned head gives
 * other labels.
 */
const lopsided: Engine = async (input, [d, h, w]) => {
  const at = (k: number, j: number, i: number) =>
    input[Math.min(i, w - 1) + w * (Math.min(j, h - 1) + h * Math.min(k, d - 1))]!
  const logits = new Float32Array(d * h * w * 3)
  for (let k = 0, to = 0; k < d; k++) {
    for (let j = 0; j < h; j++) {
      for (let i = 0; i < w; i++, to++) {
        const x = at(k, j, i) + 0.5 * at(k, j, i + 1) - 0.4 * at(k, j + 1, i) + 0.3 * at(k + 2, j, i)
        logits[d * h * w + to] = x
        logits[2 * d * h * w + to] = 2 * x - 1
      }
    }
  }
  return logits
}

/** An egg off the centre with a bright ball in its front left: no two of its 48 orders are the same array. */
function egg(grid: Grid): Volume<'scan'> {
  const data = new Float32Array(grid.shape[0] * grid.shape[1] * grid.shape[2])
  for (let k = 0, at = 0; k < grid.shape[2]; k++) {
    for (let j = 0; j < grid.shape[1]; j++) {
      for (let i = 0; i < grid.shape[0]; i++, at++) {
        const [x, y, z] = applyAffine(grid.affine, i, j, k)
        const texture = Math.sin(1.3 * x + 0.7 * y) + Math.cos(1.1 * z - 0.4 * y)
        const isBall = Math.hypot(x + 3, y - 4, z - 1) < 3
        if (Math.hypot(x / 9, y / 11, (z + 0.02 * x * y) / 7) < 1) data[at] = (isBall ? 200 : 100) + 8 * texture
      }
    }
  }
  return { ...grid, frame: 'scan', data }
}

const GRIDS = {
  'upright, 1 mm': { shape: [24, 28, 20], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [-11, -13, -9]) },
  'upright, uneven voxels': { shape: [25, 26, 12], affine: tiltedAffine([0.9, 1.1, 1.8], [0, 0, 0], [-10, -14, -9]) },
  oblique: { shape: [26, 28, 20], affine: tiltedAffine([0.9, 1, 1.2], [11, -8, 14], [-8.5, -16.5, -12]) },
} as const

const inRas = (labels: LabelVolume) => storedAs(labels, toCanonical(labels))

for (const [name, grid] of Object.entries(GRIDS)) {
  test(`48 orders of one head, ${name}: Dice between their label maps is 1`, async () => {
    const scan = egg(grid)
    const codes = new Set<string>()
    const expected = inRas((await segment(new Map([['t1', scan]]), card, lopsided)).labels)
    assert.deepEqual(new Set(expected.data), new Set([0, 1, 2]))
    for (const map of ALL_48) {
      const stored = storedAs(scan, map)
      const { labels } = await segment(new Map([['t1', stored]]), card, lopsided)
      assert.deepEqual(labels.shape, stored.shape)
      codes.add(orientationCode(labels.affine))
      assert.deepEqual(dice(inRas(labels), expected, 3), [1, 1, 1])
      assert.deepEqual(inRas(labels).data, expected.data)
    }
    assert.equal(codes.size, 48)
  })
}

test('the bundled model: T1 and FLAIR of one head, each stored otherwise, give one label map', async () => {
  const [model] = await readModels(resolve(import.meta.dirname, '../models'))
  const { engine, close } = await openEngine(model!.weightsPath, model!.card, { device: 'cpu', threads: 0 })
  const { scans } = phantomHead(56, ['t1', 'flair'], seededRandom(48))
  const maps: LabelVolume[] = []
  for (const [t1, flair] of [
    [0, 0],
    [13, 13],
    [46, 21],
  ]) {
    const stored = new Map([
      ['t1', storedAs(scans.get('t1')!, ALL_48[t1!]!)],
      ['flair', storedAs(scans.get('flair')!, ALL_48[flair!]!)],
    ])
    maps.push(inRas((await segment(stored, model!.card, engine)).labels))
  }
  await close()
  const found = new Set(maps[0]!.data)
  assert.ok(found.size >= 4, `labels found: ${[...found]}`)
  for (const map of maps) assert.deepEqual(map.data, maps[0]!.data)
})
