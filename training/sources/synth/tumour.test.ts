/** A block of white matter with a margin of air, 1 mm; around it what each test needs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape } from '../../../src/volume/volume.ts'
import { type Random, seededRandom } from '../../compile/random.ts'
import { OEDEMA, TUMOUR } from '../../method/label-sets.ts'
import { drawContrast, ENHANCED } from './contrast.ts'
import { GROUPS, groupIndex } from './groups.ts'
import { synthesizeHead } from './head.ts'
import { floodFromVentricles, type LabelMap } from './label-map.ts'
import { pushOutward } from './mass-effect.ts'
import { type TumourSpec, withTumour } from './tumour.ts'

const N = 64
const SHAPE: Shape = [N, N, N]
const [WHITE, CORTEX, SKULL, VENTRICLES, OEDEMA_GROUP, TUMOUR_GROUP, NECROSIS_GROUP] = [
  'white matter',
  'cerebral cortex',
  'skull',
  'ventricles',
  'oedema',
  'tumour',
  'necrosis',
].map(groupIndex) as [number, number, number, number, number, number, number]
const SPEC: TumourSpec = { chance: 1, tumourMl: [3, 12], oedemaMm: [4, 10], push: 0.3 }

/** Air, skull from 2, cortex from 5, white matter from 8 voxels inside the box; a ventricle in the middle. */
function box(): LabelMap {
  const groups = new Uint8Array(N ** 3)
  for (let k = 0, v = 0; k < N; k++)
    for (let j = 0; j < N; j++)
      for (let i = 0; i < N; i++, v++) {
        const depth = Math.min(i, j, k, N - 1 - i, N - 1 - j, N - 1 - k)
        groups[v] = depth < 2 ? 0 : depth < 5 ? SKULL : depth < 8 ? CORTEX : depth < 28 ? WHITE : VENTRICLES
      }
  return { shape: SHAPE, groups, ventricleSteps: floodFromVentricles(groups, SHAPE), brainZ: [5, N - 6] }
}

const MAP = box()
const SEEDS = [0, 1, 2, 3, 4, 5]
const draw = (seed: number, spec = SPEC) => withTumour(MAP, MAP.groups, spec, seededRandom(seed))
const voxels = (groups: Uint8Array, group: number) => [...groups.keys()].filter((v) => groups[v] === group)
const neighbours = (v: number) => [-1, 1, -N, N, -N * N, N * N].map((offset) => v + offset)

test('a tumour has the volume that was asked for', () => {
  for (const [seed, ml] of [3, 5, 8, 12].entries()) {
    const found = voxels(draw(seed, { ...SPEC, tumourMl: [ml, ml] }), TUMOUR_GROUP).length / 1000
    assert.ok(Math.abs(found - ml) <= 0.2 * ml, `${found} mL of ${ml}`)
  }
})

test('tumour and oedema are one piece that starts at the tumour', () => {
  for (const seed of SEEDS) {
    const groups = draw(seed)
    const reached = new Set(voxels(groups, TUMOUR_GROUP).slice(0, 1))
    for (const v of reached)
      for (const w of neighbours(v)) if (groups[w] === TUMOUR_GROUP || groups[w] === OEDEMA_GROUP) reached.add(w)
    const oedema = voxels(groups, OEDEMA_GROUP)
    assert.ok(oedema.length > 100, `${oedema.length} voxels`)
    assert.equal(reached.size, oedema.length + voxels(groups, TUMOUR_GROUP).length)
  }
})

test('without mass effect oedema lies in what was white matter, the tumour in white matter or cortex', () => {
  for (const seed of SEEDS) {
    const groups = draw(seed, { ...SPEC, push: 0 })
    assert.ok(voxels(groups, OEDEMA_GROUP).every((v) => MAP.groups[v] === WHITE))
    assert.ok(voxels(groups, TUMOUR_GROUP).every((v) => MAP.groups[v] === WHITE || MAP.groups[v] === CORTEX))
  }
})

test('oedema creeps through white matter that is bright, and the tumour grows into it', () => {
  const isHaze = (v: number) => MAP.groups[v] === WHITE && v % 2 === 0
  const hazy = MAP.groups.map((group, v) => (isHaze(v) ? groupIndex('haze') : group))
  const [plain, drawn] = [MAP.groups, hazy].map((groups) =>
    withTumour({ ...MAP, groups }, groups, { ...SPEC, push: 0, oedemaMm: [6, 6], tumourMl: [5, 5] }, seededRandom(4)),
  ) as [Uint8Array, Uint8Array]
  for (const group of [OEDEMA_GROUP, TUMOUR_GROUP]) {
    const among = voxels(drawn, group)
    assert.ok(among.filter(isHaze).length > 0.3 * among.length, `${among.length} voxels`)
    assert.ok(among.length > 0.8 * voxels(plain, group).length)
  }
})

test('necrosis is the middle of the tumour: its share of the volume, nearer the centre than what lives', () => {
  for (const seed of SEEDS) {
    const groups = draw(seed, { ...SPEC, necrosis: { chance: 1, share: [0.4, 0.4] } })
    const [dead, living] = [voxels(groups, NECROSIS_GROUP), voxels(groups, TUMOUR_GROUP)]
    assert.ok(Math.abs(dead.length / (dead.length + living.length) - 0.4) < 1e-3)
    const whole = draw(seed)
    assert.ok(dead.every((v) => whole[v] === TUMOUR_GROUP))
    const middle = [0, 1, 2].map(
      (axis) => dead.reduce((sum, v) => sum + (Math.floor(v / N ** axis) % N), 0) / dead.length,
    )
    const meanDistance = (of: number[]) =>
      of.reduce((sum, v) => sum + Math.hypot(...middle.map((m, axis) => (Math.floor(v / N ** axis) % N) - m)), 0) /
      of.length
    assert.ok(meanDistance(dead) < meanDistance(living))
  }
})

test('a living tumour is brighter than grey matter in an enhanced T1, necrosis darker in every one', () => {
  for (let seed = 0; seed < 100; seed++) {
    const { mean } = drawContrast('t1', false, seededRandom(seed), { t1: { tumour: ENHANCED } })
    assert.ok(mean[TUMOUR_GROUP]! > 1.2 * mean[CORTEX]! && mean[NECROSIS_GROUP]! < 0.8 * mean[CORTEX]!)
  }
})

test('oedema reaches no farther than its limit', () => {
  for (const seed of SEEDS) {
    const groups = draw(seed, { ...SPEC, oedemaMm: [4, 4] })
    let front = new Set(voxels(groups, TUMOUR_GROUP))
    for (let step = 0; step < 4; step++) front = new Set([...front, ...[...front].flatMap(neighbours)])
    assert.ok(voxels(groups, OEDEMA_GROUP).every((v) => front.has(v)))
  }
})

test('air and skull stay where they are, whatever is pushed', () => {
  for (const seed of SEEDS) {
    const groups = draw(seed, { ...SPEC, push: 0.5 })
    for (const group of [0, SKULL]) assert.deepEqual(voxels(groups, group), voxels(MAP.groups, group))
  }
})

test('a plane 9 voxels from the middle of a mass of radius 10 is pushed 0.4 radii outward to 13, a far one stays', () => {
  const at = (i: number) => i + N * (32 + N * 32)
  const groups = new Uint8Array(N ** 3).fill(WHITE)
  const planes = [32 + 9, 32 + 26]
  for (let v = 0; v < groups.length; v++) if (planes.includes(v % N)) groups[v] = CORTEX
  const pushed = pushOutward(groups, SHAPE, { centre: [32, 32, 32], radii: [10, 10, 10] }, 0.4)
  // 13 looks at 13 − 0.4 · 10 · (1 + cos(π · 0.3 / 1.5)) / 2 = 9.38; 12 at 8.17 and 14 at 10.66
  const found = Array.from({ length: 32 }, (_, i) => i).filter((i) => pushed[at(32 + i)] === CORTEX)
  assert.deepEqual(found, [13, 26])
})

test('the same seed gives the same voxels, another seed others, and chance 0 leaves the head alone', () => {
  assert.deepEqual(draw(3), draw(3))
  assert.notDeepEqual(draw(3), draw(4))
  assert.deepEqual(draw(3, { ...SPEC, chance: 0 }), MAP.groups)
})

const SYNTH = {
  randomContrast: 0.5,
  strip: 0.5,
  neckMm: [0, 4] as [number, number],
  lesions: { none: 0, rim: 0.5, blobs: [2, 4] as [number, number], blobMl: [0.1, 0.4] as [number, number] },
  deform: { rotationDegrees: 5, scale: [1, 1] as [number, number], shear: 0, elasticMm: 1, elasticLatticeMm: 20 },
  paint: {
    blurMm: [0.3, 0.6] as [number, number],
    thickSlices: 0,
    sliceMm: [2, 3] as [number, number],
    bias: 0.05,
    gamma: 0.05,
    noise: 0.03,
  },
}

test('the complete truth of a synthetic head has tumour and oedema where a tumour is asked for, and else neither', () => {
  for (const [tumour, expected] of [
    [SPEC, true],
    [undefined, false],
  ] as const) {
    const { truth, scans } = synthesizeHead(MAP, { ...SYNTH, tumour }, ['t1', 'flair'], seededRandom(6))
    for (const cls of [OEDEMA, TUMOUR]) assert.equal(truth.data.includes(cls), expected)
    assert.ok([...scans.values()].every(({ data }) => data.every(Number.isFinite)))
  }
})

test('a contrast takes as much from the stream of the head as without the groups that no map holds', () => {
  const drawn = (randomLevels: boolean) => {
    let count = 0
    const { normal, uniform, ...rest } = seededRandom(1)
    const counted: Random = {
      ...rest,
      normal: () => normal() + 0 * count++,
      uniform: (lo, hi) => uniform(lo, hi) + 0 * count++,
    }
    drawContrast('t1', randomLevels, counted)
    return count
  }
  // oedema, tumour, necrosis, thin band, haze
  const others = GROUPS.length - 5
  // five for all; three a group (jitter, spread, texture) and a random level, less the air's spread and level
  assert.equal(drawn(false), 5 + 3 * others - 1)
  assert.equal(drawn(true), 5 + 4 * others - 2)
})

test('in T1 and FLAIR oedema is mostly but not always brighter than tumour, and their ranges overlap', () => {
  for (const modality of ['t1', 'flair'] as const) {
    const pairs = Array.from({ length: 400 }, (_, seed) => {
      const { mean } = drawContrast(modality, false, seededRandom(seed))
      return [mean[OEDEMA_GROUP]!, mean[TUMOUR_GROUP]!] as const
    })
    const brighter = pairs.filter(([oedema, tumour]) => oedema > tumour).length / pairs.length
    assert.ok(brighter > 0.7 && brighter < 1, `${modality}: oedema brighter in ${brighter}`)
    const lowestOedema = Math.min(...pairs.map(([oedema]) => oedema))
    assert.ok(pairs.filter(([, tumour]) => tumour > lowestOedema).length > 20, modality)
  }
})
