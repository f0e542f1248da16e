/** A head with balls of known fate, turned and moved between the dates; the network is arithmetic on intensities. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { NORMALIZE } from '../../test/fixtures/moved-head.ts'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import { BALLS, datedScan } from '../../test/fixtures/two-dates.ts'
import { voxelEngine } from '../../test/fixtures/voxel-engine.ts'
import { type Motion, STILL } from '../preprocess/rigid.ts'
import type { Volume } from '../volume/volume.ts'
import { buildComparison } from './build-comparison.ts'
import { compare, type Dated } from './compare.ts'

const tiny = tinyCard('tiny', new Uint8Array(1))
const card = {
  ...tiny,
  preprocess: {
    ...tiny.preprocess,
    spacingMm: [1.5, 1.5, 1.5] as [number, number, number],
    normalize: { ...NORMALIZE, clip: 8 },
  },
  inference: {
    ...tiny.inference,
    patchVoxels: [96, 96, 96] as [number, number, number],
    align: { kind: 'rigid' as const, leastMm: 1, leastGain: 0.1, mostMm: 30, mostDegrees: 20 },
  },
}
/** Lesion is what is nearer to 250 than to tissue, in any scan: about 3.2 of the standard deviations of the foreground. */
const engine = voxelEngine(2, ([t1]) => [t1! < -2 ? 3 : 0, 1, t1! > 3 ? 4 : 0])
const MOTION: Motion = [5, -6, 4, 6, -4, 7]

const dated = (scans: Readonly<Record<string, Volume<'scan'>>>, sha: string): Dated => ({
  scans: new Map(Object.entries(scans)),
  sha256: new Map(Object.keys(scans).map((name) => [name, `${sha}-${name}`])),
})
const input = { before: {}, after: {} }
const timingsMs = { decode: 0, preprocess: 0, infer: 0, postprocess: 0, encode: 0, total: 0 }
async function reported(before: Dated, after: Dated) {
  const compared = await compare({ before, after }, card, engine)
  return { compared, ...buildComparison(compared, { card, device: 'cpu', input, timingsMs }, compared.warnings) }
}

const before = dated({ t1: datedScan('beforeMm', STILL) }, 'a')
const after = dated({ t1: datedScan('afterMm', MOTION) }, 'b')

test('planted fates are told where the head was turned and moved, and mirrored the other way round', async (t) => {
  const { report } = await reported(before, after)
  const { changes } = report.lesions!
  const right = BALLS.filter(({ at, fate }) => {
    const own = changes.filter(({ beforeMm }) => Math.hypot(...beforeMm.map((mm, axis) => mm - at[axis]!)) < 4)
    return own.length === 1 && own[0]!.fate === fate
  })
  t.diagnostic(`${right.length} of ${BALLS.length} fates are right`)
  assert.ok(
    right.length >= 0.9 * BALLS.length,
    JSON.stringify(changes.map((c) => [c.fate, c.beforeMl, c.afterMl, c.beforeMm])),
  )
  assert.ok(report.alignment.carriedMm > 8)
  const back = (await reported(after, before)).report.lesions!
  const { new: came, gone, grown, shrunk, merged, split, unchanged } = report.lesions!.count
  assert.deepEqual(back.count, {
    new: gone,
    gone: came,
    grown: shrunk,
    shrunk: grown,
    merged: split,
    split: merged,
    unchanged,
  })
})

test('a scan and itself have changed in nothing, exactly', async () => {
  const { compared, report } = await reported(after, after)
  assert.deepEqual(compared.dates.after.segmentation.labels, compared.dates.before.segmentation.labels)
  assert.deepEqual(compared.dates.after.ownLabels, compared.dates.before.ownLabels)
  assert.ok(report.lesions!.changes.length > 5)
  for (const { fate, beforeMl, afterMl } of report.lesions!.changes)
    assert.deepEqual([fate, afterMl], ['unchanged', beforeMl])
  for (const { changeMl, isBeyondNoise } of report.labels) assert.ok(changeMl === 0 && isBeyondNoise !== true)
})

test('a lesion that is too small to be called so at one date, and is one at the other, was there', async () => {
  const leastMl = 0.4
  const by = { ...card, postprocess: { ...card.postprocess, minLesionMl: leastMl } }
  const compared = await compare({ before, after }, by, engine)
  const told = { card: by, device: 'cpu' as const, input, timingsMs }
  const { changes } = buildComparison(compared, told, compared.warnings).report.lesions!
  const ballMl = (radiusMm: number) => ((4 / 3) * Math.PI * radiusMm ** 3) / 1000
  // with room for what voxels of 2 mm show of it
  const small = BALLS.filter(({ beforeMm, afterMm }) => {
    const [less, more] = [beforeMm, afterMm].map(ballMl).sort((a, b) => a - b) as [number, number]
    return less > 0 && less < 0.9 * leastMl && more > 1.3 * leastMl
  })
  assert.ok(small.length >= 2, `${small.length}`)
  const seen = small.map(({ at }) => {
    const own = changes.filter(({ beforeMm }) => Math.hypot(...beforeMm.map((mm, axis) => mm - at[axis]!)) < 4)
    return own.map(({ fate }) => fate).join()
  })
  assert.deepEqual(
    seen,
    small.map(({ fate }) => fate),
  )
  // what neither date is sure of is no lesion at either
  assert.ok(changes.every(({ beforeMl, afterMl }) => Math.max(beforeMl, afterMl) >= leastMl))
})

test('a channel that one date lacks is left out of both, with a warning that says which and why', async () => {
  const flair = datedScan('beforeMm', STILL)
  const { compared } = await reported(dated({ t1: before.scans.get('t1')!, flair }, 'a'), after)
  assert.deepEqual(compared.usedChannels, ['t1'])
  assert.deepEqual(
    compared.warnings
      .filter(({ code }) => code === 'channel-left-out')
      .map(({ message }) => message.split(':')[1]!.trim()),
    ['after has no flair that can be used, and maps of other scans would differ for that reason alone'],
  )
})

test('dates without a common channel are refused, and say what each has', async () => {
  const t1 = before.scans.get('t1')!
  await assert.rejects(
    compare({ before: dated({ t1 }, 'a'), after: dated({ flair: t1 }, 'b') }, card, engine),
    faultOf('channels-missing', /before has t1, after has flair/),
  )
})

test('a border that scans of these voxels do not show stays, though they are compared on finer ones', async () => {
  const with2mm = (longestEdgeMm: number) => {
    const border = { channels: ['t1'], longestEdgeMm, share: 0.8, mostMm: [3, 3] as [number, number] }
    const borders = [{ ...border, between: ['brain tissue', 'lesion'] as [string, string] }]
    return { ...card, postprocess: { ...card.postprocess, borders } }
  }
  const labelsOf = async (by: typeof card) =>
    (await compare({ before, after }, by, engine)).dates.before.segmentation.labels.data
  const without = await labelsOf(card)
  assert.deepEqual(await labelsOf(with2mm(1.9)), without)
  assert.notDeepEqual(await labelsOf(with2mm(2)), without)
})
