/** The made-up head of test/fixtures/moved-head.ts, whose motion between two scans is known. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moved, NORMALIZE, seen } from '../../test/fixtures/moved-head.ts'
import { applyAffine, invert, multiply, type Vector } from '../volume/affine.ts'
import type { Motion } from './rigid.ts'
import { type AlignCard, type AlignSpec, undoMotion } from './undo-motion.ts'

const ALIGN: AlignSpec = { kind: 'rigid', leastMm: 1, leastGain: 0.1, mostMm: 30, mostDegrees: 20 }
const MOTION: Motion = [4, -9, 7, -8, 5, 10]
const cardWith = (align?: AlignSpec): AlignCard => ({
  channels: [{ name: 't1' }, { name: 'flair' }],
  preprocess: { orientation: 'RAS', spacingMm: [2, 2, 2], normalize: NORMALIZE, cropMarginMm: 4 },
  inference: { align },
})
const pair = (motion?: Motion) =>
  new Map([
    ['flair', seen('flair', motion)],
    ['t1', seen('t1')],
  ])

test('the second channel of the card gets the affine it would have had, had the head lain still; its voxels stay', () => {
  const sent = pair(MOTION)
  const { scans, warnings } = undoMotion(sent, cardWith(ALIGN))
  assert.equal(scans.get('t1'), sent.get('t1'))
  assert.equal(scans.get('flair')!.data, sent.get('flair')!.data)
  const expected = multiply(invert(moved(MOTION)), sent.get('flair')!.affine)
  const voxels: Vector[] = [
    [10, 10, 10],
    [50, 10, 30],
    [10, 50, 30],
    [32, 30, 20],
  ]
  for (const voxel of voxels) {
    const [a, b] = [applyAffine(scans.get('flair')!.affine, ...voxel), applyAffine(expected, ...voxel)]
    assert.ok(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) < 1, `${a} for ${b}`)
  }
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['scans-aligned'],
  )
})

test('the warning says how far the scan was moved: back from where the patient went', () => {
  const [warning] = undoMotion(pair([0, 12, 0, 0, 0, 0]), cardWith(ALIGN)).warnings
  const [, ...shiftMm] = /^flair was laid on t1, moved by (\S+), (\S+), (\S+) mm/.exec(warning!.message)!
  for (const [axis, mm] of [0, -12, 0].entries()) assert.ok(Math.abs(+shiftMm[axis]! - mm) < 0.6, warning!.message)
})

test('scans that lie on each other, a gain too small, a card that does not ask: all as it came', () => {
  const still = pair()
  assert.deepEqual(undoMotion(still, cardWith(ALIGN)), { scans: still, warnings: [] })
  const apart = pair(MOTION)
  assert.deepEqual(undoMotion(apart, cardWith({ ...ALIGN, leastGain: 1e6 })), { scans: apart, warnings: [] })
  assert.deepEqual(undoMotion(apart, cardWith()), { scans: apart, warnings: [] })
})
