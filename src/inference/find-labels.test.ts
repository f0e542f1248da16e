/** A ball of tissue in a head of something else, seen whole or where the brain is known to be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import { voxelEngine } from '../../test/fixtures/voxel-engine.ts'
import type { Pipeline } from '../model/card.ts'
import type { Engine } from '../network/engine.ts'
import { type KnownBrain, ZONE } from '../preprocess/known-brain.ts'
import { FINDER } from '../quality/finder-network.ts'
import { applyAffine } from '../volume/affine.ts'
import type { Grid, Volume } from '../volume/volume.ts'
import { findLabels } from './find-labels.ts'
import { segment } from './segment.ts'

const [NX, NY, NZ] = [48, 60, 48]
const MIDDLE_MM = [4 * ((NX - 1) / 2), 4 * ((NY - 1) / 2), 4 * ((NZ - 1) / 2)] as const
const BALL_MM = 74
/** A ball in the middle, 1.7 L; in front of it and behind, 12 mm of something as bright. */
function isBall(mm: number): boolean {
  return mm <= BALL_MM
}
const mmAt = (x: number, y: number, z: number) => Math.hypot(x - MIDDLE_MM[0], y - MIDDLE_MM[1], z - MIDDLE_MM[2])
const places = Array.from({ length: NX * NY * NZ }, (_, at) => ({
  y: Math.floor(at / NX) % NY,
  mm: mmAt(4 * (at % NX), 4 * (Math.floor(at / NX) % NY), 4 * Math.floor(at / (NX * NY))),
}))
const HEAD: Volume<'scan'> = {
  frame: 'scan',
  shape: [NX, NY, NZ],
  affine: [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1],
  data: Float32Array.from(places, ({ y, mm }, at) =>
    isBall(mm) || y < 3 || y >= NY - 3 ? 1000 + ((at * 7919) % 23) : 5 + (at % 3),
  ),
}
const BALL = Uint8Array.from(places, ({ mm }) => (isBall(mm) ? 1 : 0))
const BRIGHT = Uint8Array.from(HEAD.data, (value) => (value > 500 ? 1 : 0))

const tiny = tinyCard('tiny', new Uint8Array(1))
const card: Pipeline = {
  ...tiny,
  preprocess: { ...tiny.preprocess, spacingMm: [4, 4, 4] },
  inference: { ...tiny.inference, patchVoxels: [16, 16, 16], overlap: 0.25 },
  postprocess: { minLesionMl: 0, keepLargestComponent: false },
}
/** Calls 1 what is brighter than the mean of the foreground, less two of its standard deviations. */
const byIntensity = voxelEngine(2, ([t1]) => [0, t1! + 2, -1])

/** A ball of so many mm and 8 mm around it. */
function knownBall(brainMm: number): KnownBrain {
  return {
    zonesOn: ({ shape: [nx, ny, nz], affine }: Grid) =>
      Uint8Array.from({ length: nx * ny * nz }, (_, at) => {
        const mm = mmAt(...applyAffine(affine, at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))))
        return mm <= brainMm ? ZONE.brain : mm <= brainMm + 8 ? ZONE.margin : ZONE.outside
      }),
    boxOn: ({ shape }) => ({ start: [0, 0, 0], end: [...shape] }),
    stripped: new Set(),
  }
}

async function look(known: KnownBrain | null) {
  const looks: number[] = []
  let given = 0
  let asked = 0
  const { prepared, cleaned, warnings } = await findLabels(new Map([['t1', HEAD]]), card, byIntensity, {
    known,
    notAssessable: () => [],
    onRead: () => given++,
    async again() {
      asked++
      return { scans: new Map([['t1', HEAD]]), onRead: () => given++ }
    },
    onPatch: (done, total) => done === total && looks.push(total),
  })
  assert.deepEqual([given, asked], [looks.length, looks.length - 1])
  return { looks: looks.length, labels: prepared.restore(cleaned, HEAD).data, told: warnings.map(({ code }) => code) }
}

test('where the brain is known nothing outside of it is labelled; where it is not, all that looks like it', async () => {
  assert.deepEqual(await look(knownBall(BALL_MM)), { looks: 1, labels: BALL, told: [] })
  assert.deepEqual(await look(null), { looks: 1, labels: BRIGHT, told: [] })
})

test('a brain that goes on where it was thought to end is looked for in the whole head, and that is told', async () => {
  // 8 mm around a ball of 50 mm are 290 mL of the ball itself
  assert.deepEqual(await look(knownBall(50)), { looks: 2, labels: BRIGHT, told: ['brain-doubtful'] })
  // a little more than was found is no cut brain: 1 mm around the ball are within the voxels that are half in it
  assert.equal((await look(knownBall(BALL_MM - 1))).looks, 1)
})

test('where more around it shows the end of the brain the whole head is not looked at', async () => {
  const enough = { ...knownBall(50), wider: () => knownBall(BALL_MM) }
  assert.deepEqual(await look(enough), { looks: 2, labels: BALL, told: [] })
  const tooLittle = { ...knownBall(50), wider: () => knownBall(58) }
  assert.deepEqual(await look(tooLittle), { looks: 3, labels: BRIGHT, told: ['brain-doubtful'] })
})

/** Knows the ball. */
const finder: Engine = async (_, [d, h, w]) => {
  const logits = new Float32Array(d * h * w * FINDER.labels.length)
  for (let at = 0; at < d * h * w; at++) {
    const [x, y, z] = [at % w, Math.floor(at / w) % h, Math.floor(at / (w * h))]
    const mm = mmAt(4 * (x + (NX - w) / 2), 4 * (y + (NY - h) / 2), 4 * (z + (NZ - d) / 2))
    const label = !isBall(mm) ? 0 : FINDER.labels.indexOf(mm > 60 ? 'grey' : 'white')
    logits[d * h * w * label + at] = 12
  }
  return logits
}

test('segment() goes by the finder where the card says how much around a brain the network is to see', async () => {
  const labelsBy = async (brainMarginMm: number | undefined, options: { finder?: Engine }) => {
    const asked = { ...card, preprocess: { ...card.preprocess, ...(brainMarginMm !== undefined && { brainMarginMm }) } }
    const { labels } = await segment(new Map([['t1', HEAD]]), asked, byIntensity, { ...options, sequence: 'as-sent' })
    return labels.data
  }
  assert.deepEqual(await labelsBy(8, { finder }), BALL)
  assert.deepEqual(await labelsBy(undefined, { finder }), BRIGHT)
  assert.deepEqual(await labelsBy(8, {}), BRIGHT)
})

test('a head is read again for each further look, for its voxels were given back', async () => {
  // Knows the middle of the ball alone.
  const short: Engine = async (patch, shape) => {
    const logits = await finder(patch, shape)
    const [d, h, w] = shape
    for (let at = 0; at < d * h * w; at++) {
      const [x, y, z] = [at % w, Math.floor(at / w) % h, Math.floor(at / (w * h))]
      const mm = mmAt(4 * (x + (NX - w) / 2), 4 * (y + (NY - h) / 2), 4 * (z + (NZ - d) / 2))
      if (mm > 50) logits[at] = 24
    }
    return logits
  }
  const cut = { ...card, preprocess: { ...card.preprocess, brainMarginMm: 8 } }
  const labelsOf = async (asked: boolean) => {
    const scan = { ...HEAD, data: HEAD.data.slice() }
    const read: string[] = []
    const spent = {
      channels: ['t1'],
      async readAgain(name: string) {
        read.push(name)
        return { ...HEAD, data: HEAD.data.slice() }
      },
    }
    const { labels } = await segment(new Map([['t1', scan]]), cut, byIntensity, {
      ...{ finder: short, sequence: 'as-sent' },
      ...(asked && { spent }),
    })
    assert.equal(scan.data.length, asked ? 0 : HEAD.data.length)
    return { labels: labels.data, read }
  }
  assert.deepEqual(await labelsOf(true), { labels: BRIGHT, read: ['t1', 't1'] })
  assert.deepEqual(await labelsOf(false), { labels: BRIGHT, read: [] })
})
