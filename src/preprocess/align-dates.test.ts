/** The made-up head of moved-head.ts, scanned at two dates. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moved, NORMALIZE, seen, tissueAt, turned } from '../../test/fixtures/moved-head.ts'
import { invert, multiply } from '../volume/affine.ts'
import type { Affine, Volume } from '../volume/volume.ts'
import { alignDates } from './align-dates.ts'
import { carriedMm, type Motion } from './rigid.ts'

const LIMITS = { mostMm: 30, mostDegrees: 20 }
const MOTION: Motion = [6, -9, 4, 7, -3, 5]
const dated = (scan: Volume<'scan'>, sha256: string) => ({ scan, sha256 })
/** How far the two dates lie from each other half-way, where the head was moved by `motion`. */
const leftMm = (motion: Affine, fromBefore: Affine, fromAfter: Affine) =>
  carriedMm(multiply(invert(fromBefore), multiply(fromAfter, motion)), [0, 0, 0])

test('half-way both heads lie on each other, each carried by half', () => {
  const { fromBefore, fromAfter } = alignDates(
    dated(seen('t1'), 'a'),
    dated(seen('t1', MOTION), 'b'),
    NORMALIZE,
    LIMITS,
  )
  assert.ok(leftMm(moved(MOTION), fromBefore, fromAfter) < 0.7)
  const [one, other] = [fromBefore, fromAfter].map((affine) => carriedMm(affine, [0, 0, 0])) as [number, number]
  assert.ok(Math.abs(one - other) < 0.2 && one > 5, `${one} ${other}`)
})

test('the other way round it is exactly the same, whichever file comes first', () => {
  const [before, after] = [seen('t1'), seen('t1', MOTION)]
  for (const [a, b] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const there = alignDates(dated(before, a), dated(after, b), NORMALIZE, LIMITS)
    const back = alignDates(dated(after, b), dated(before, a), NORMALIZE, LIMITS)
    assert.deepEqual([back.fromBefore, back.fromAfter], [there.fromAfter, there.fromBefore])
  }
})

test('a scan and itself are not moved at all', () => {
  const scan = seen('t1')
  const { fromBefore, fromAfter } = alignDates(dated(scan, 'a'), dated(scan, 'a'), NORMALIZE, LIMITS)
  const still = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  assert.ok(fromBefore.every((value, at) => value === still[at]) && fromAfter.every((value, at) => value === still[at]))
})

test('a table that stood 80 mm elsewhere is no motion of the head', () => {
  const far: Motion = [20, 40, -65, 4, 0, 0]
  const after = seen('t1', MOTION)
  const moreover = { ...after, affine: multiply(moved(far), after.affine) }
  const { fromBefore, fromAfter } = alignDates(dated(seen('t1'), 'a'), dated(moreover, 'b'), NORMALIZE, LIMITS)
  assert.ok(leftMm(multiply(moved(far), moved(MOTION)), fromBefore, fromAfter) < 0.7)
})

test('a mirrored head is refused, and so is another one', () => {
  assert.throws(
    () => alignDates(dated(seen('t1'), 'a'), dated(turned(seen('t1'), 'LAS'), 'b'), NORMALIZE, LIMITS),
    (error: { fault?: { kind: string } }) => error.fault?.kind === 'scans-mirrored',
  )
  const { shape, affine } = seen('t1')
  const other = new Float32Array(shape[0] * shape[1] * shape[2])
  // the same outline, filled otherwise
  for (let at = 0; at < other.length; at++) {
    const [i, j, k] = [at % shape[0], Math.floor(at / shape[0]) % shape[1], Math.floor(at / (shape[0] * shape[1]))]
    const [x, y, z] = [2 * i - 79, 2 * j - 89, 2 * k - 79]
    if (tissueAt(x, y, z) > 0) other[at] = [40, 70, 100][tissueAt(z / 1.5, x / 2, -y / 3) % 3]!
  }
  assert.throws(
    () =>
      alignDates(dated(seen('t1'), 'a'), dated({ frame: 'scan', shape, affine, data: other }, 'b'), NORMALIZE, LIMITS),
    (error: { fault?: { kind: string } }) => error.fault?.kind === 'scans-apart',
  )
})
