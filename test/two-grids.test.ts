/** T1 and FLAIR of one subject on different grids: the label map is right on either, and says the same in the world. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { segment } from '../src/inference/segment.ts'
import { dice } from '../src/measure/overlap.ts'
import type { Card } from '../src/model/card.ts'
import { readModels } from '../src/model/registry.ts'
import { openEngine } from '../src/network/ort.ts'
import { readNifti } from '../src/nifti/read.ts'
import { applyAffine, invert, type Vector, voxelVolumeMl } from '../src/volume/affine.ts'
import { type Grid, type LabelVolume, type Volume, voxelCount } from '../src/volume/volume.ts'
import { ALL_48, storedAs, tiltedAffine } from './fixtures/orientations.ts'
import { tinyCard } from './fixtures/tiny-model.ts'
import { voxelEngine } from './fixtures/voxel-engine.ts'

const root = resolve(import.meta.dirname, '..')
const dataDir = resolve(root, process.env['ONELABEL_TEST_DATA'] ?? '../shared/data')
const demo = join(dataDir, 'tissue/CBICA__NiChart_Project/sample_datasets/demo_dataset')

function eachVoxel({ shape: [nx, ny, nz], affine }: Grid, visit: (place: Vector, at: number) => void): void {
  for (let at = 0; at < nx * ny * nz; at++) {
    visit(applyAffine(affine, at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))), at)
  }
}

/** `labels` at the voxel centres of `grid`, seen `shiftMm` away: the nearest voxel's, background outside. */
function sampledAt(labels: LabelVolume, grid: Grid, shiftMm: Vector = [0, 0, 0]): LabelVolume {
  const toIndex = invert(labels.affine)
  const [nx, ny, nz] = labels.shape
  const found = new Uint8Array(voxelCount(grid.shape))
  eachVoxel(grid, ([x, y, z], at) => {
    const place = applyAffine(toIndex, x + shiftMm[0], y + shiftMm[1], z + shiftMm[2])
    const [i, j, k] = place.map(Math.round) as [number, number, number]
    if (i >= 0 && j >= 0 && k >= 0 && i < nx && j < ny && k < nz) found[at] = labels.data[i + nx * (j + ny * k)]!
  })
  return { ...grid, data: found }
}

/** Volume in mL and centre of mass in mm of the voxels whose label is one of `values`. */
function massOf(labels: LabelVolume, values: readonly number[]) {
  const sum: [number, number, number] = [0, 0, 0]
  let count = 0
  eachVoxel(labels, ([x, y, z], at) => {
    if (!values.includes(labels.data[at]!)) return
    count += 1
    sum[0] += x
    sum[1] += y
    sum[2] += z
  })
  return { volumeMl: count * voxelVolumeMl(labels.affine), centreMm: sum.map((mm) => mm / count) }
}

interface Ball {
  readonly centreMm: Vector
  readonly radiusMm: number
}
/** The T1 shows the head only, the FLAIR the lesion as well: each label is known from a grid of its own. */
const HEAD: Ball = { centreMm: [2, -3, 4], radiusMm: 14 }
const LESION: Ball = { centreMm: [6, 1, 1], radiusMm: 5 }
/** Half of the head's volume. */
const CORE: Ball = { ...HEAD, radiusMm: HEAD.radiusMm / 2 ** (1 / 3) }
const ballMl = ({ radiusMm }: Ball) => ((4 / 3) * Math.PI * radiusMm ** 3) / 1000
/** Dice of two equal balls whose centres are `distanceMm` apart: 1 − 3u/2 + u³/2, u = distance / diameter. */
const diceApart = ({ radiusMm }: Ball, distanceMm: number) => {
  const u = distanceMm / (2 * radiusMm)
  return 1 - 1.5 * u + 0.5 * u ** 3
}

function scanOf(grid: Grid, intensity: (isIn: (ball: Ball) => boolean) => number): Volume<'scan'> {
  const data = new Float32Array(voxelCount(grid.shape))
  eachVoxel(grid, (place, at) => {
    data[at] = intensity(({ centreMm, radiusMm }) => Math.hypot(...place.map((mm, i) => mm - centreMm[i]!)) < radiusMm)
  })
  return { ...grid, frame: 'scan', data }
}

/**
 * Half of the T1's head is 100, half 120: mean 110, std 10, so an edge at 50 lies at z = −6. The FLAIR's head is 100 and
 * its lesion, 4.6 % of the head, 200: mean 104.6, std 21, an edge at 150 lies at z = 2.2.
 */
const thresholds = voxelEngine(2, ([t1, flair]) => [0, t1! + 6, t1! + 6 + 4 * (flair! - 2.2)])

test('head and lesion lie where they are in the world, on the grid of the T1 and on the tilted one of the FLAIR', async (t) => {
  const t1 = scanOf({ shape: [40, 44, 36], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [-18, -25, -14]) }, (isIn) =>
    isIn(CORE) ? 120 : isIn(HEAD) ? 100 : 0,
  )
  const tilted = {
    shape: [34, 46, 38],
    affine: tiltedAffine([1.3, 0.9, 1.2], [12, -7, 15], [-11.7, -26.3, -15.1]),
  } as const
  const flair = storedAs(
    scanOf(tilted, (isIn) => (isIn(LESION) ? 200 : isIn(HEAD) ? 100 : 0)),
    ALL_48[37]!,
  )
  const scans = new Map([
    ['t1', t1],
    ['flair', flair],
  ])
  const card = tinyCard('tiny', new Uint8Array(1))
  const onT1 = (await segment(scans, card, thresholds, { gridChannel: 't1' })).labels
  const onFlair = (await segment(scans, card, thresholds, { gridChannel: 'flair' })).labels
  for (const [labels, scan] of [
    [onT1, t1],
    [onFlair, flair],
  ] as const) {
    assert.deepEqual([labels.shape, labels.affine], [scan.shape, scan.affine])
    for (const [ball, values] of [
      [HEAD, [1, 2]],
      [LESION, [2]],
    ] as const) {
      const { volumeMl, centreMm } = massOf(labels, values)
      const awayMm = Math.hypot(...centreMm.map((mm, i) => mm - ball.centreMm[i]!))
      assert.ok(awayMm < 0.25, `${awayMm} mm from the ball of ${ball.radiusMm} mm`)
      // A surface that is 0.25 mm out, a quarter of a voxel.
      const share = volumeMl / ballMl(ball)
      t.diagnostic(`${ball.radiusMm} mm: ${awayMm.toFixed(3)} mm away, ${(100 * share).toFixed(1)} % of its volume`)
      assert.ok(Math.abs(share - 1) < (3 * 0.25) / ball.radiusMm, `${share} of the ball of ${ball.radiusMm} mm`)
    }
  }
  const scores = dice(sampledAt(onT1, onFlair), onFlair, 3)
  t.diagnostic(`Dice ${scores.map((score) => score?.toFixed(3)).join(', ')}`)
  assert.ok(scores[1]! > diceApart(HEAD, 1), `tissue ${scores[1]}: as if a voxel apart`)
  assert.ok(scores[2]! > diceApart(LESION, 1), `lesion ${scores[2]}: as if a voxel apart`)
})

test('a real subject: the maps on both grids agree, and less so when one is moved by a voxel', {
  skip: existsSync(demo) ? false : `no data in ${demo}`,
}, async (t) => {
  const limits = { maxFileBytes: 1e7, maxInflatedBytes: 1e8, maxVoxels: 1e7 }
  const t1 = await readNifti(join(demo, 't1/Subj1_T1.nii.gz'), limits)
  const flair = await readNifti(join(demo, 'fl/Subj1_FL.nii.gz'), limits)
  assert.notDeepEqual(t1.geometry.srow, flair.geometry.srow)
  const [model] = await readModels(join(root, 'models'))
  // At the scans' own 2 mm, an eighth of the voxels: the labels are coarser, and as good for this.
  // The scans as they lie: once they are aligned each map fits its own scan, and between them lies how the patient moved.
  const { align: _, ...inference } = model!.card.inference
  const card: Card = { ...model!.card, inference, preprocess: { ...model!.card.preprocess, spacingMm: [2, 2, 2] } }
  const { engine, close } = await openEngine(model!.weightsPath, card, { device: 'cpu', threads: 0 })
  const scans = new Map([
    ['t1', t1.volume],
    ['flair', flair.volume],
  ])
  const onT1 = (await segment(scans, card, engine)).labels
  const onFlair = (await segment(scans, card, engine, { gridChannel: 'flair' })).labels
  await close()
  assert.deepEqual([onT1.shape, onT1.affine], [t1.volume.shape, t1.volume.affine])
  assert.deepEqual([onFlair.shape, onFlair.affine], [flair.volume.shape, flair.volume.affine])
  const here = dice(sampledAt(onT1, onFlair), onFlair, card.labels.length)
  t.diagnostic(`Dice ${here.map((score) => score?.toFixed(3)).join(', ')}`)
  const tissues = card.labels.filter(({ kind }) => kind === 'tissue').map(({ value }) => value)
  // Folded grey matter is about two of these voxels wide: half a voxel's rounding costs some Dice, a whole one far more.
  for (const value of tissues) assert.ok(here[value]! >= 0.9, `${card.labels[value]!.name}: ${here[value]}`)
  for (const axis of [0, 1, 2]) {
    for (const voxelMm of [-2, 2]) {
      const shift = [0, 0, 0].map((_, i) => (i === axis ? voxelMm : 0)) as [number, number, number]
      const moved = dice(sampledAt(onT1, onFlair, shift), onFlair, card.labels.length)
      for (const value of tissues) assert.ok(moved[value]! < here[value]! - 0.03, `${shift} mm away: ${moved[value]}`)
    }
  }
})
