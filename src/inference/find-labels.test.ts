/** Heads of cubes, in which patches of 16³ stand on the whole grid or around a brain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import { voxelEngine } from '../../test/fixtures/voxel-engine.ts'
import { AFFINE } from '../../test/fixtures/walked-grid.ts'
import type { Pipeline } from '../model/card.ts'
import type { Engine } from '../network/engine.ts'
import type { Prepared } from '../preprocess/preprocess.ts'
import { FINDER } from '../quality/finder-network.ts'
import { type Box, NOTHING_BEYOND } from '../volume/crop.ts'
import type { Volume } from '../volume/volume.ts'
import { findLabels } from './find-labels.ts'
import { segment } from './segment.ts'

const EDGE = 40
const tiny = tinyCard('tiny', new Uint8Array(1))
const card: Pipeline = {
  ...tiny,
  inference: { ...tiny.inference, patchVoxels: [16, 16, 16], overlap: 0.25 },
  postprocess: { minLesionMl: 0, keepLargestComponent: false },
}
/** 1 where the first channel is 1, else 0. */
const thresholding = voxelEngine(2, ([t1]) => [0.5, t1 === 1 ? 1 : 0, 0])
/** One patch an axis, which sees 13 … 29; on the whole grid it takes three. */
const BRAIN: Box = { start: [14, 14, 14], end: [26, 26, 26] }

function cube(from: number, to: number): Uint8Array {
  return Uint8Array.from({ length: EDGE ** 3 }, (_, at) => {
    const place = [at % EDGE, Math.floor(at / EDGE) % EDGE, Math.floor(at / EDGE ** 2)]
    return place.every((p) => p >= from && p < to) ? 1 : 0
  })
}

function preparedOf(labels: Uint8Array): Prepared {
  const grid = { shape: [EDGE, EDGE, EDGE], affine: AFFINE } as const
  return {
    grid,
    channels: [{ ...grid, frame: 'model', data: Float32Array.from(labels) }, null],
    beyond: NOTHING_BEYOND,
    foregroundMl: EDGE ** 3 / 1000,
    silent: new Uint8Array(labels.length),
    warnings: [],
    restore: (found) => found,
  }
}

/** What is found of a cube where the brain is thought to be in `brain`, and how many patches each look took. */
async function look(labels: Uint8Array, brain?: Box) {
  const looks: number[] = []
  const { cleaned, found } = await findLabels(preparedOf(labels), card, thresholding, {
    brain,
    notAssessable: [],
    onPatch: (done, total) => done === total && looks.push(total),
  })
  assert.deepEqual(cleaned.data, labels)
  return { looks, confidence: found.confidence }
}

test('a brain well within the patches around it takes no others; what they did not see has no confidence', async () => {
  const { looks, confidence } = await look(cube(17, 25), BRAIN)
  assert.deepEqual(looks, [1])
  assert.deepEqual(
    confidence.map((sure) => (sure === 0 ? 0 : 1)),
    cube(13, 29),
  )
})

test('where nobody knows the brain the whole head is seen', async () => {
  assert.deepEqual((await look(cube(17, 25))).looks, [27])
})

test('a brain that comes near the end of what was seen, or goes on beyond it, is looked for in the whole head', async () => {
  assert.deepEqual((await look(cube(16, 25), BRAIN)).looks, [1, 27])
  assert.deepEqual((await look(cube(17, 26), BRAIN)).looks, [1, 27])
  assert.deepEqual((await look(cube(20, 38), BRAIN)).looks, [1, 27])
})

test('and so is one of which nothing was seen', async () => {
  const { looks, confidence } = await look(cube(2, 8), BRAIN)
  assert.deepEqual(looks, [1, 27])
  assert.ok(!confidence.includes(0))
})

test('where the patches saw all of the grid there is nothing more to see', async () => {
  const none = await look(new Uint8Array(EDGE ** 3), { start: [2, 2, 2], end: [38, 38, 38] })
  assert.deepEqual(none.looks, [27])
})

test('an end of what was seen that is the end of the grid is none', async () => {
  // nothing is saved along x, so that the patches see all of it
  const labels = Uint8Array.from(cube(17, 25), (inside, at) => {
    const [y, z] = [Math.floor(at / EDGE) % EDGE, Math.floor(at / EDGE ** 2)]
    return inside === 1 || (y >= 17 && y < 25 && z >= 17 && z < 25) ? 1 : 0
  })
  const { looks } = await look(labels, { start: [0, 14, 14], end: [EDGE, 26, 26] })
  assert.deepEqual(looks, [3])
})

const [NX, NY, NZ] = [48, 60, 48]
/** A ball of 74 mm in the middle, at 4 mm: 1.7 L; white but for its rim. In front of it and behind, 12 mm of something else. */
function shellAt(x: number, y: number, z: number): 'white' | 'grey' | 'other' | 'air' {
  const mm = 4 * Math.hypot(x - (NX - 1) / 2, y - (NY - 1) / 2, z - (NZ - 1) / 2)
  if (mm <= 74) return mm > 60 ? 'grey' : 'white'
  return y < 3 || y >= NY - 3 ? 'other' : 'air'
}
const VALUES = { white: 1000, grey: 700, other: 400, air: 0 } as const
const kinds = Array.from({ length: NX * NY * NZ }, (_, at) =>
  shellAt(at % NX, Math.floor(at / NX) % NY, Math.floor(at / (NX * NY))),
)
const HEAD: Volume<'scan'> = {
  frame: 'scan',
  shape: [NX, NY, NZ],
  affine: [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1],
  data: Float32Array.from(kinds, (kind, at) => (kind === 'air' ? 0 : VALUES[kind] + ((at * 7919) % 23))),
}
/** Knows the ball, which lies in the middle of what it sees. */
const finder: Engine = async (_, [d, h, w]) => {
  const logits = new Float32Array(d * h * w * FINDER.labels.length)
  for (let at = 0; at < d * h * w; at++) {
    const [x, y, z] = [at % w, Math.floor(at / w) % h, Math.floor(at / (w * h))]
    const kind = shellAt(x + (NX - w) / 2, y + (NY - h) / 2, z + (NZ - d) / 2)
    const label = kind === 'white' || kind === 'grey' ? FINDER.labels.indexOf(kind) : 0
    logits[d * h * w * label + at] = 12
  }
  return logits
}

/** Through segment(): how many patches, and the labels. By intensity the ball is 1, and what lies before and behind it is not. */
async function patchesOf(keepsBrain: boolean, options: { finder?: Engine }, lesionVerdict: 'none' | 'low' = 'none') {
  const looks: number[] = []
  const whole: Pipeline = {
    ...card,
    preprocess: { ...card.preprocess, spacingMm: [4, 4, 4] },
    postprocess: {
      ...card.postprocess,
      ...(keepsBrain && { keepBrain: { openMm: [0, 0], jumpShare: 1, growMm: 0, fluidMm: 0 } }),
    },
  }
  const lesion = whole.labels.find(({ kind }) => kind === 'lesion')!.name
  const labelsOfT1 = [{ label: lesion, verdict: lesionVerdict, evidence: 'made up' }]
  const assessed = { ...whole, assessment: [{ channels: ['t1'], labels: labelsOfT1 }] }
  const byIntensity = voxelEngine(2, ([t1]) => [0, t1! + 1, -1])
  const { labels } = await segment(new Map([['t1', HEAD]]), assessed, byIntensity, {
    ...options,
    sequence: 'as-sent',
    onProgress: ({ stage, done, total }) => stage === 'infer' && done === total && looks.push(total),
  })
  return { looks, labels: labels.data }
}

test('segment() goes by the finder where the card keeps one brain and no lesion can be seen, else it sees the whole head', async () => {
  const ball = Uint8Array.from(kinds, (kind) => (kind === 'white' || kind === 'grey' ? 1 : 0))
  const all = await patchesOf(true, {})
  assert.deepEqual(all.labels, ball)
  const around = await patchesOf(true, { finder })
  assert.deepEqual(around.labels, ball)
  assert.equal((await patchesOf(false, { finder })).looks.join(), all.looks.join())
  assert.equal((await patchesOf(true, { finder }, 'low')).looks.join(), all.looks.join())
  // along y 60 voxels take 5 patches, the ball with 3.5 voxels at each end 4; along x and z all is foreground
  assert.deepEqual([all.looks, around.looks], [[80], [64]])
})
