/** Synthesis from a map made in code: a ball of white matter in a shell of grey, around a ventricle, in soft tissue. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape } from '../../../src/volume/volume.ts'
import { seededRandom } from '../../compile/random.ts'
import { deformGroups } from './deform.ts'
import { groupIndex } from './groups.ts'
import { type SynthSpec, synthesizeHead } from './head.ts'
import { floodFromVentricles, type LabelMap } from './label-map.ts'
import { withLesions } from './lesions.ts'
import { brainMask } from './strip.ts'

const N = 56
const SHAPE: Shape = [N, N, N]
const [WHITE_GROUP, LESION_GROUP] = [groupIndex('white matter'), groupIndex('lesion')]
const SHELLS = [
  [4, 'ventricles'],
  [14, 'white matter'],
  [18, 'cerebral cortex'],
  [21, 'subarachnoid CSF'],
  [26, 'soft tissue'],
] as const

function ball(): LabelMap {
  const groups = new Uint8Array(N ** 3)
  for (let k = 0, v = 0; k < N; k++)
    for (let j = 0; j < N; j++)
      for (let i = 0; i < N; i++, v++) {
        const r = Math.hypot(i - 27.5, j - 27.5, k - 27.5)
        const shell = SHELLS.find(([below]) => r < below)
        if (shell) groups[v] = groupIndex(shell[1])
      }
  return { shape: SHAPE, groups, ventricleSteps: floodFromVentricles(groups, SHAPE), brainZ: [10, 45] }
}

const SPEC: SynthSpec = {
  randomContrast: 0,
  strip: 0,
  neckMm: [0, 4],
  lesions: { none: 0, rim: 0.5, blobs: [2, 4], blobMl: [0.1, 0.4] },
  deform: { rotationDegrees: 10, scale: [0.95, 1.05], shear: 0.03, elasticMm: 1, elasticLatticeMm: 20 },
  paint: { blurMm: [0.3, 0.6], thickSlices: 0, sliceMm: [2, 3], bias: 0.05, gamma: 0.05, noise: 0.03 },
}
const MAP = ball()

function meansOfClasses(data: Float32Array, truth: Uint8Array): number[] {
  const sums = [0, 0, 0, 0, 0]
  const counts = [0, 0, 0, 0, 0]
  truth.forEach((cls, v) => {
    sums[cls]! += data[v]!
    counts[cls]!++
  })
  return sums.map((sum, cls) => sum / counts[cls]!)
}

test('the same seed gives the same voxels, another seed gives others', () => {
  const draw = (seed: number) => synthesizeHead(MAP, SPEC, ['t1', 'flair'], seededRandom(seed))
  const [a, b, c] = [draw(4), draw(4), draw(5)]
  assert.deepEqual(a.truth, b.truth)
  assert.deepEqual(a.scans.get('flair'), b.scans.get('flair'))
  assert.notDeepEqual(a.truth.data, c.truth.data)
})

test('in the finished images T1 orders white > grey > CSF and FLAIR shows lesions brightest, CSF darkest', () => {
  for (let seed = 0; seed < 4; seed++) {
    const { scans, truth } = synthesizeHead(MAP, SPEC, ['t1', 'flair'], seededRandom(100 + seed))
    const [, csf, grey, white] = meansOfClasses(scans.get('t1')!.data, truth.data)
    assert.ok(white! > grey! && grey! > csf!, `seed ${seed}: ${[csf, grey, white]}`)
    const [, darkest, gm, wm, lesion] = meansOfClasses(scans.get('flair')!.data, truth.data)
    assert.ok(
      lesion! > gm! && lesion! > wm! && darkest! < Math.min(gm!, wm!),
      `seed ${seed}: ${[darkest, gm, wm, lesion]}`,
    )
  }
})

test('a stripped head is zero outside its brain, and the truth says background there', () => {
  const { scans, truth } = synthesizeHead(MAP, { ...SPEC, strip: 1 }, ['t1'], seededRandom(8))
  const { data } = scans.get('t1')!
  const zeros = data.reduce((count, value, v) => count + (value === 0 && truth.data[v] === 0 ? 1 : 0), 0)
  const background = truth.data.filter((cls) => cls === 0).length
  assert.ok(background > 0.5 * data.length)
  // a thin rim inside the mask may be background tissue
  assert.ok(zeros > 0.98 * background, `${zeros} of ${background}`)
  assert.ok(data.every((value, v) => value > 0 || truth.data[v] === 0))
})

test('a brain mask keeps all tissue well inside and drops the scalp', () => {
  const truth = MAP.groups.map((g) => (g === WHITE_GROUP ? 3 : g === groupIndex('cerebral cortex') ? 2 : 0))
  for (let seed = 0; seed < 5; seed++) {
    const mask = brainMask(truth, SHAPE, seededRandom(seed))
    const at = (i: number) => mask[i + N * (27 + N * 27)]
    // radius 12 is white matter 6 mm inside the cortex' outer edge; radius 25 is scalp 7 mm outside it
    assert.deepEqual([at(27 + 12), at(27 - 12), at(27 + 25), at(27 - 25)], [1, 1, 0, 0])
  }
})

test('the middle of a wide ventricle, 11 mm from all tissue, is inside a brain mask', () => {
  const radius = (v: number) =>
    Math.hypot((v % N) - 27.5, (Math.floor(v / N) % N) - 27.5, Math.floor(v / N ** 2) - 27.5)
  const truth = MAP.groups.map((_, v) => (radius(v) < 11 ? 1 : radius(v) < 18 ? 3 : 0))
  for (let seed = 0; seed < 5; seed++)
    assert.equal(brainMask(truth, SHAPE, seededRandom(seed))[27 + N * (27 + N * 27)], 1)
})

test('lesions are drawn into white matter only, and taken out where the head is to have none', () => {
  const drawn = withLesions(MAP, SPEC.lesions, seededRandom(3))
  const changed = [...drawn.keys()].filter((v) => drawn[v] !== MAP.groups[v])
  assert.ok(changed.length > 50, `${changed.length} voxels`)
  assert.ok(changed.every((v) => MAP.groups[v] === WHITE_GROUP && drawn[v] === LESION_GROUP))
  const none = withLesions({ ...MAP, groups: drawn }, { ...SPEC.lesions, none: 1 }, seededRandom(3))
  assert.deepEqual(none, MAP.groups)
})

test('without rotation, scale or elastic field a deformation is a shift by whole voxels', () => {
  const rigid = { rotationDegrees: 0, scale: [1, 1], shear: 0, elasticMm: 0, elasticLatticeMm: 20 } as const
  const spec = { ...rigid, scale: [1, 1] as [number, number] }
  const frame = { matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1], outCentre: [10, 10, 10], sourceCentre: [13, 9, 10] }
  const out = deformGroups(MAP.groups, SHAPE, SHAPE, frame, spec, seededRandom(1))
  const at = (from: Uint8Array, i: number, j: number, k: number) => from[i + N * (j + N * k)]
  for (const [i, j, k] of [
    [20, 27, 27],
    [30, 15, 40],
    [8, 27, 30],
  ] as const)
    assert.equal(at(out, i, j, k), at(MAP.groups, i + 3, j - 1, k))
})
