/** The made-up head of test/fixtures/moved-head.ts, whose motion between two scans is known. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { moved, NORMALIZE, seen, turned } from '../../test/fixtures/moved-head.ts'
import { applyAffine, invert, multiply, type Vector } from '../volume/affine.ts'
import type { Motion } from './rigid.ts'
import type { AlignSpec } from './spec.ts'
import { type AlignCard, undoMotion } from './undo-motion.ts'

const ALIGN: AlignSpec = { kind: 'rigid', leastMm: 1, leastGain: 0.1, mostMm: 30, mostDegrees: 20 }
const MOTION: Motion = [4, -9, 7, -8, 5, 10]
const cardWith = (align?: AlignSpec): AlignCard => ({
  channels: [{ name: 't1' }, { name: 'flair' }],
  preprocess: { orientation: 'RAS', spacingMm: [2, 2, 2], normalize: NORMALIZE, cropMarginMm: 4 },
  required: 'any',
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
  const [, ...shiftMm] = /flair was laid on t1, moved by (\S+), (\S+), (\S+) mm/.exec(warning!.message)!
  for (const [axis, mm] of [0, -12, 0].entries()) assert.ok(Math.abs(+shiftMm[axis]! - mm) < 0.6, warning!.message)
})

test('scans that lie on each other, a gain too small, a card that does not ask: all as it came', () => {
  const still = pair()
  assert.deepEqual(undoMotion(still, cardWith(ALIGN)), { scans: still, warnings: [] })
  const apart = pair(MOTION)
  assert.deepEqual(undoMotion(apart, cardWith({ ...ALIGN, leastGain: 1e6 })), { scans: apart, warnings: [] })
  assert.deepEqual(undoMotion(apart, cardWith()), { scans: apart, warnings: [] })
})

test('a scan that cannot be laid on the first is left out; the one whose grid was asked for stays', () => {
  const sent = pair([0, 0, 0, 45, 0, 0])
  const onT1 = undoMotion(sent, cardWith(ALIGN))
  assert.deepEqual([...onT1.scans], [['t1', sent.get('t1')]])
  assert.deepEqual(
    onT1.warnings.map(({ code }) => code),
    ['channel-left-out'],
  )
  assert.match(onT1.warnings[0]!.message, /^flair was left out, the map is made of t1 alone/)
  const onFlair = undoMotion(sent, cardWith(ALIGN), { gridChannel: 'flair' })
  assert.deepEqual([...onFlair.scans], [['flair', sent.get('flair')]])
  assert.match(onFlair.warnings[0]!.message, /^t1 was left out, the map is made of flair alone/)
  assert.throws(() => undoMotion(sent, { ...cardWith(ALIGN), required: 'all' }), faultOf('scans-apart'))
})

test('mirror images and heads turned as no head turns are refused with where right, front and up went', () => {
  const wrong = (code: string) => new Map([...pair(), ['t1', turned(seen('t1'), code)]])
  assert.throws(
    () => undoMotion(wrong('LAS'), cardWith(ALIGN)),
    faultOf('scans-mirrored', /right, front and up of t1 are left, front, up in flair/),
  )
  assert.throws(
    () => undoMotion(wrong('RPI'), cardWith(ALIGN)),
    faultOf('scans-apart', /right, front and up of t1 are right, back, down in flair/),
  )
})

test('a header with two affines is named as the likely cause, and no patient is said to have moved', () => {
  const [warning] = undoMotion(pair(MOTION), cardWith(ALIGN), { twoAffines: ['flair'] }).warnings
  assert.match(warning!.message, /header of flair states two affines, which is the likely cause: affine=qform/)
  assert.doesNotMatch(warning!.message, /patient/)
  const mirrored = new Map([...pair(), ['t1', turned(seen('t1'), 'LAS')]])
  assert.throws(
    () => undoMotion(mirrored, cardWith(ALIGN), { twoAffines: ['t1'] }),
    faultOf('scans-mirrored', /header of t1 states two affines/),
  )
})
