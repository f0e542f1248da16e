/** A ball of brain with a ventricle and a sulcus' fluid, held to a face by a neck of tissue: solids made in code. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FoundLabels } from '../network/sliding-window.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { keepBrain } from './keep-brain.ts'

const [CSF, GREY, WHITE, LESION] = [1, 2, 3, 4]
const VALUES = { solid: [GREY, WHITE, LESION], fluid: [CSF], lesions: [LESION] }
const SHAPE: Shape = [64, 40, 40]
/** 1 mm; up is down along i, so that the brain (i = 18) lies above the face (i = 50). */
const AFFINE = [0, 1, 0, 0, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0, 1]
const SPEC = { openMm: [1, 3] as [number, number], jumpShare: 0.1, growMm: 2, fluidMm: 3 }

/** Label by position; `bridge` is the radius in mm of the tissue between brain and face. */
function head(bridge: number): LabelVolume {
  const data = new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2])
  for (let k = 0, at = 0; k < 40; k++)
    for (let j = 0; j < 40; j++)
      for (let i = 0; i < 64; i++, at++) {
        const brain = Math.hypot(i - 18, j - 20, k - 20)
        const face = Math.hypot(i - 50, j - 20, k - 20)
        if (brain < 6) data[at] = CSF
        else if (brain < 13) data[at] = i > 24 && Math.abs(j - 20) < 2 ? LESION : WHITE
        else if (brain < 14) data[at] = GREY
        else if (brain < 15.5) data[at] = CSF
        else if (face < 10) data[at] = GREY
        if (i > 28 && i < 50 && Math.hypot(j - 20, k - 20) < bridge) data[at] = WHITE
      }
  return { shape: SHAPE, affine: AFFINE, data }
}

const at = (i: number, j: number, k: number) => i + SHAPE[0] * (j + SHAPE[1] * k)
const everywhere = (labels: LabelVolume): FoundLabels => ({ ...labels, confidence: labels.data.map(() => 200) })
const run = (labels: LabelVolume, spec = SPEC) => {
  keepBrain(everywhere(labels), VALUES, spec)
  return labels.data
}

test('of more pieces than a call takes arguments the uppermost is the brain', () => {
  // no two voxels of a checkerboard share a face: 262144 pieces
  const data = Uint8Array.from({ length: 80 * 80 * 82 }, (_, at) => {
    const [i, j, k] = [at % 80, Math.floor(at / 80) % 80, Math.floor(at / 6400)]
    return (i + j + k) % 2 === 0 ? WHITE : 0
  })
  const kept = run({ shape: [80, 80, 82], affine: AFFINE, data })
  assert.deepEqual([kept[0], kept.indexOf(WHITE, 1)], [WHITE, -1])
})

test('a face that hangs on the brain by a bridge goes; brain, lesion, ventricle and the fluid around stay', () => {
  const whole = head(3).data
  const kept = run(head(3))
  // ventricle, white matter, lesion, cortex, fluid
  for (const voxel of [at(18, 20, 20), at(8, 20, 20), at(27, 20, 24), at(18, 33, 20), at(18, 34, 20)])
    assert.ok(kept[voxel]! > 0 && kept[voxel] === whole[voxel], `${voxel}: ${whole[voxel]} became ${kept[voxel]}`)
  assert.equal(kept[at(50, 20, 20)], 0)
  assert.equal(kept[at(44, 20, 20)], 0)
  // all that was lost lies on the face's side: the plane x = 32 is where the bridge ends
  const lost = [...kept.keys()].filter((voxel) => kept[voxel] !== whole[voxel])
  assert.ok(lost.every((voxel) => voxel % SHAPE[0] >= 32))
})

test('what hangs on the brain by a bridge stays where the network is as sure of it as of the brain', () => {
  // 200 of 255 in the brain, 160 in what hangs on it: 0.8 of it
  const hanging = (sureShare: number, bridge = 3) => {
    const labels = head(bridge)
    const confidence = labels.data.map((_, voxel) => (voxel % SHAPE[0] >= 32 ? 160 : 200))
    keepBrain({ ...labels, confidence }, VALUES, { ...SPEC, sureShare })
    return labels.data[at(50, 20, 20)]
  }
  assert.equal(hanging(0.79), GREY)
  assert.equal(hanging(0.81), 0)
  // however sure it is: what does not hang together with the brain is none
  assert.equal(hanging(0.5, 0), 0)
})

test('a bridge that bears one erosion is eroded further, because that makes the piece smaller by a jump', () => {
  // solid brain: 4/3 π (14³ − 6³) mm³ = 10.6 mL; the face has 4.2 more
  const once = run(head(2.5), { ...SPEC, openMm: [1, 1] })
  assert.ok(once[at(50, 20, 20)]! > 0)
  assert.equal(run(head(2.5))[at(50, 20, 20)], 0)
})

test('a brain that is small enough and stands alone comes out as it went in', () => {
  const alone = head(0)
  for (let v = 0; v < alone.data.length; v++) if (v % SHAPE[0] > 36) alone.data[v] = 0
  const before = alone.data.slice()
  const lost = run(alone).filter((label, voxel) => label !== before[voxel])
  assert.equal(lost.length, 0)
})

test('the brain is the upper piece, though the neck below it is larger and runs out of the field of view', () => {
  const shape: Shape = [24, 24, 60]
  const data = new Uint8Array(24 * 24 * 60)
  for (let k = 0, v = 0; k < 60; k++)
    for (let j = 0; j < 24; j++)
      for (let i = 0; i < 24; i++, v++) {
        const across = Math.hypot(i - 11.5, j - 11.5)
        if (Math.hypot(across, k - 48) < 10) data[v] = WHITE
        // 30 slices of 380 mm² are 11 mL, the brain is 4
        else if (k < 30 && across < 11) data[v] = GREY
        else if (k < 42 && across < 2.5) data[v] = GREY
      }
  const voxel = (k: number) => 12 + 24 * (12 + 24 * k)
  for (const up of [1, -1]) {
    // stored from below upwards, or from above downwards: then the other ball is the upper one
    const kept = data.slice()
    const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, up, 0, 0, 0, 0, 1]
    keepBrain(everywhere({ shape, affine, data: kept }), VALUES, { ...SPEC, openMm: [3, 5] })
    assert.deepEqual([kept[voxel(48)], kept[voxel(10)]], up === 1 ? [WHITE, 0] : [0, GREY])
  }
})

test('a brain that the field of view cuts comes out as it went in', () => {
  const cut = head(0)
  for (let v = 0; v < cut.data.length; v++) if (v % SHAPE[0] > 32) cut.data[v] = 0
  // the first 8 voxels along i are gone: the brain touches the edge
  const shape: Shape = [56, 40, 40]
  const data = Uint8Array.from({ length: 56 * 40 * 40 }, (_, v) => {
    const [i, j, k] = [v % 56, Math.floor(v / 56) % 40, Math.floor(v / (56 * 40))]
    return cut.data[at(i + 8, j, k)]!
  })
  const kept = data.slice()
  keepBrain(everywhere({ shape, affine: AFFINE, data: kept }), VALUES, SPEC)
  const lost = [...kept.keys()].filter((v) => kept[v] !== data[v])
  assert.deepEqual(
    lost.map((v) => [v % 56, Math.floor(v / 56) % 40, Math.floor(v / (56 * 40)), data[v]]),
    [],
  )
})

test('fluid far from tissue goes, unless kept voxels enclose it', () => {
  const labels = head(0)
  for (let i = 35; i < 40; i++) labels.data[at(i, 20, 4)] = CSF
  const kept = run(labels, { ...SPEC, fluidMm: 2 })
  assert.equal(kept[at(37, 20, 4)], 0)
  // the middle of the ventricle is 6 mm from its wall
  assert.equal(kept[at(18, 20, 20)], CSF)
})

test('a map too thin to erode keeps its largest piece; an empty one stays empty', () => {
  const thin: LabelVolume = { shape: [5, 1, 1], affine: AFFINE, data: Uint8Array.from([GREY, GREY, 0, GREY, 0]) }
  assert.deepEqual(run(thin), Uint8Array.from([GREY, GREY, 0, 0, 0]))
  const empty: LabelVolume = { shape: [2, 2, 2], affine: AFFINE, data: new Uint8Array(8) }
  assert.deepEqual(run(empty), new Uint8Array(8))
})

test('a lesion that hangs on the brain by a bridge stays where the card says so, the tissue around it does not', () => {
  const [shape, data] = [SHAPE, head(2).data]
  // the face is a lesion of radius 8 in a shell of grey matter, and so is the bridge
  for (let at = 0; at < data.length; at++) {
    const [i, j, k] = [at % 64, Math.floor(at / 64) % 40, Math.floor(at / 2560)]
    const isBridge = i > 30 && i < 50 && Math.hypot(j - 20, k - 20) < 2
    if (isBridge || Math.hypot(i - 50, j - 20, k - 20) < 8) data[at] = LESION
  }
  const kept = (wholeLesions: boolean) => {
    const labels = { shape, affine: AFFINE, data: data.slice() }
    keepBrain(everywhere(labels), VALUES, { ...SPEC, wholeLesions })
    return [labels.data[at(50, 20, 20)], labels.data[at(59, 20, 20)]]
  }
  assert.deepEqual([data[at(50, 20, 20)], data[at(59, 20, 20)]], [LESION, GREY])
  assert.deepEqual(kept(false), [0, 0])
  assert.deepEqual(kept(true), [LESION, 0])
})
