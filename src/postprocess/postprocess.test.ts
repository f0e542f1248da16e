import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AFFINE, NOTHING, plane } from '../../test/fixtures/plane.ts'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'
import type { PostprocessSpec } from '../model/postprocess-spec.ts'
import type { FoundLabels } from '../network/sliding-window.ts'
import { postprocess } from './postprocess.ts'

/** Labels 1 tissue, 2 lesion. */
const run = (found: FoundLabels, spec: PostprocessSpec, input: { foregroundMl?: number; silent?: Uint8Array } = {}) => {
  const { foregroundMl = Number.POSITIVE_INFINITY, silent = found.data.map(() => 0) } = input
  const card = { channels: [], labels: tinyCard('tiny', new Uint8Array(1)).labels, postprocess: spec }
  return postprocess(found, card, { foregroundMl, silent, channels: [], longestEdgesMm: [] }).data
}

test('a card that asks for nothing leaves the map as it is', () => {
  const found = plane('1.2', '...')
  assert.deepEqual(run(found, NOTHING), found.data)
})

test('a label that the scans cannot show becomes what surrounds it, however large and sure', () => {
  const found = plane('1111111', '1222221', '1222221', '1111111', '......2')
  const card = { channels: [], labels: tinyCard('tiny', new Uint8Array(1)).labels, postprocess: NOTHING }
  const input = {
    foregroundMl: Number.POSITIVE_INFINITY,
    silent: found.data.map(() => 0),
    channels: [],
    longestEdgesMm: [],
  }
  const expected = plane('1111111', '1111111', '1111111', '1111111', '......1')
  assert.deepEqual(postprocess(found, card, input, [2]).data, expected.data)
})

test('a lesion below the least volume becomes the label around it; one of exactly that volume stays', () => {
  // 3 voxels of 8 µL are 0.024 mL.
  const found = plane('1111111', '1211222', '1111111')
  const expected = plane('1111111', '1111222', '1111111')
  assert.deepEqual(run(found, { ...NOTHING, minLesionMl: 0.024 }), expected.data)
})

test('a small lesion at the rim takes the label that touches it most', () => {
  // The 2 in the corner of the first row has neighbours 0, 0, 1; the other one only 1.
  const found = plane('2..1111', '.1.1111', '...1121', '...1111')
  const expected = plane('...1111', '.1.1111', '...1111', '...1111')
  assert.deepEqual(run(found, { ...NOTHING, minLesionMl: 0.01 }), expected.data)
})

test('a lesion of which the network is not sure on average becomes the label around it', () => {
  // confidences 0.8 and 0.4: on average 0.6; beside it one voxel of 0.5
  const found = plane('1111111', '1221121', '1111111')
  for (const [at, value] of [
    [8, 204],
    [9, 102],
    [12, 127],
  ] as const)
    found.confidence[at] = value
  const kept = plane('1111111', '1221111', '1111111')
  const none = plane('1111111', '1111111', '1111111')
  assert.deepEqual(run(found, { ...NOTHING, minLesionConfidence: 0.59 }), kept.data)
  assert.deepEqual(run(found, { ...NOTHING, minLesionConfidence: 0.61 }), none.data)
  assert.deepEqual(run(found, { ...NOTHING, minLesionConfidence: 0.49 }), found.data)
})

test('only voxels of which the network is sure count towards the least volume', () => {
  // two lesions of 2 voxels, 0.016 mL each; of the right one the network is sure in one voxel
  const found = plane('1111111', '1221221', '1111111')
  found.confidence[12] = 204
  const kept = plane('1111111', '1221111', '1111111')
  assert.deepEqual(run(found, { ...NOTHING, minLesionMl: 0.016, sureLesionVoxel: 0.8 }), found.data)
  assert.deepEqual(run(found, { ...NOTHING, minLesionMl: 0.016, sureLesionVoxel: 0.81 }), kept.data)
  assert.deepEqual(run(found, { ...NOTHING, minLesionMl: 0.008, sureLesionVoxel: 0.81 }), found.data)
})

test('lesion voxels that touch by a corner are one lesion', () => {
  const found = plane('2...', '.2..', '....')
  assert.deepEqual(run(found, { ...NOTHING, minLesionMl: 0.016 }), found.data)
})

test('of two kinds of lesion each is counted by itself: a scrap of one within the other becomes the other', () => {
  const { labels } = tinyCard('tiny', new Uint8Array(1))
  const both = [...labels, { ...labels[2]!, value: 3, name: 'tumour' }]
  // voxels of 8 µL: two of tumour stay, one does not, whether oedema or tissue is around it
  const found = plane('1111111', '1222331', '1232111', '1222131', '1111111')
  const expected = plane('1111111', '1222331', '1222111', '1222111', '1111111')
  const spec = { ...NOTHING, minLesionMl: 0.016 }
  const cleaned = postprocess(
    found,
    { channels: [], labels: both, postprocess: spec },
    { foregroundMl: 1, silent: new Uint8Array(35), channels: [], longestEdgesMm: [] },
  )
  assert.deepEqual(cleaned.data, expected.data)
})

test('only the largest island of all labels together is kept; a corner does not hold an island', () => {
  const found = plane('11..1', '21..1', '..1..')
  const expected = plane('11...', '21...', '.....')
  assert.deepEqual(run(found, { ...NOTHING, keepLargestComponent: true }), expected.data)
})

test('of a skull-stripped scan nothing is taken: it has no face or neck', () => {
  // 15 voxels of 8 µL were labelled, 0.12 mL: four fifths of 0.15 mL. The two on the right lie apart.
  const found = plane('1111.11', '11111..', '1111...')
  const brain = plane('1111...', '11111..', '1111...')
  const spec: PostprocessSpec = {
    ...NOTHING,
    keepBrain: { openMm: [0, 0], jumpShare: 1, growMm: 0, fluidMm: 0 },
  }
  assert.deepEqual(run(found, spec, { foregroundMl: 0.151 }), brain.data)
  assert.deepEqual(run(found, spec, { foregroundMl: 0.149 }), found.data)
})

test('where no scan shows anything there is no tissue, if the card says so', () => {
  const found = plane('1111', '1112')
  const silent = Uint8Array.from('10000001', Number)
  const expected = plane('.111', '111.')
  assert.deepEqual(run(found, { ...NOTHING, silenceIsBackground: true }, { silent }), expected.data)
  assert.deepEqual(run(found, NOTHING, { silent }), found.data)
})

test('a map of more pieces than a call takes arguments is cleaned as any other', () => {
  // every second voxel along each axis is a lesion of its own: 262144 of them in tissue, and as many in nothing
  const shape = [128, 128, 128] as const
  const specks = (around: number) => {
    const data = new Uint8Array(128 ** 3).fill(around)
    for (let k = 0; k < 128; k += 2)
      for (let j = 0; j < 128; j += 2) for (let i = 0; i < 128; i += 2) data[i + 128 * (j + 128 * k)] = 2
    return { shape, affine: AFFINE, data, confidence: new Uint8Array(data.length).fill(255) }
  }
  assert.ok(run(specks(1), { ...NOTHING, minLesionMl: 0.016 }).every((value) => value === 1))
  const largest = run(specks(0), { ...NOTHING, keepLargestComponent: true })
  assert.deepEqual([largest[0], largest.indexOf(2, 1)], [2, -1])
})

test('an empty map stays empty', () => {
  const found = plane('...', '...')
  assert.deepEqual(run(found, { minLesionMl: 1, keepLargestComponent: true }), found.data)
})

test('the map that came in is not changed', () => {
  const found = plane('2..', '...')
  run(found, { minLesionMl: 1, keepLargestComponent: true })
  assert.equal(found.data[0], 2)
})

test('how much lies around the labels does not matter', () => {
  const rows = ['1111111.2', '1221111..', '1221121..', '1111111.1']
  const within = (margin: number) => {
    const empty = '.'.repeat(9 + 2 * margin)
    const side = '.'.repeat(margin)
    const beside = Array.from({ length: margin }, () => empty)
    const found = plane(...beside, ...rows.map((row) => side + row + side), ...beside)
    const data = run(found, { ...NOTHING, keepLargestComponent: true, minLesionMl: 0.02 })
    return rows.map((_, j) =>
      data
        .slice((margin + j) * empty.length + margin)
        .subarray(0, 9)
        .join(''),
    )
  }
  assert.deepEqual(within(4), within(1))
  assert.deepEqual(within(1), ['111111100', '122111100', '122111100', '111111100'])
})
