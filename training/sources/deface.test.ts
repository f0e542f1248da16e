import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Volume } from '../../src/volume/volume.ts'
import { seededRandom } from '../compile/random.ts'
import { BACKGROUND, CSF, GREY, setOf, WHITE } from '../method/label-sets.ts'
import { defaced } from './deface.ts'
import type { StatedSubject } from './stated-subject.ts'

const [NX, NY, NZ] = [48, 48, 48]
const SPACING_MM = 4
/** RAS+ mm, from the middle. */
const places = Array.from({ length: NX * NY * NZ }, (_, at) => {
  const [i, j, k] = [at % NX, Math.floor(at / NX) % NY, Math.floor(at / (NX * NY))]
  return [i, j, k].map((index) => SPACING_MM * (index - 23.5)) as [number, number, number]
})
const BRAIN_MM = 60
const HEAD_MM = 90
const fromMiddle = places.map((mm) => Math.hypot(...mm))
const [SKULL, BRAIN] = [setOf(BACKGROUND), setOf(CSF, GREY, WHITE)]
const grid = {
  shape: [NX, NY, NZ],
  affine: [4, 0, 0, -94, 0, 4, 0, -94, 0, 0, 4, -94, 0, 0, 0, 1],
} as const
const scan: Volume<'scan'> = {
  ...grid,
  frame: 'scan',
  data: Float32Array.from(fromMiddle, (mm, at) => (mm <= HEAD_MM ? 100 + (at % 7) : 0)),
}
/** A ball of brain in a ball of something else. */
const head: StatedSubject = {
  name: 'ball',
  scans: new Map([['t1', scan]]),
  sets: { ...grid, data: Uint8Array.from(fromMiddle, (mm) => (mm <= BRAIN_MM ? BRAIN : SKULL)) },
  backgroundSet: SKULL,
  ownSet: BRAIN,
}
const runs = Array.from({ length: 40 }, (_, seed) => {
  const subject = defaced(head, seededRandom(seed))
  const off = Array.from(subject.scans.get('t1')!.data.keys()).filter(
    (at) => subject.scans.get('t1')!.data[at] !== scan.data[at],
  )
  return { subject, off }
})

test('what is taken off is 0 and background; everything else is as it was', () => {
  for (const { subject, off } of runs) {
    assert.ok(off.length > 0)
    const sets = head.sets.data.slice()
    for (const at of off) {
      assert.equal(subject.scans.get('t1')!.data[at], 0)
      sets[at] = setOf(BACKGROUND)
    }
    assert.deepEqual(subject.sets.data, sets)
  }
})

test('never the back of the head above the neck, and of the brain no more than a shaving', () => {
  for (const { off } of runs) {
    for (const at of off) {
      const [x, y, z] = places[at]!
      assert.ok(!(Math.abs(x) < 20 && y < -20 && z > 20), `${x}, ${y}, ${z}`)
    }
    // 3 mm by the plane, and a cell of 4 mm by which the end of the brain is known
    for (const at of off) assert.ok(fromMiddle[at]! > BRAIN_MM - 7, `${fromMiddle[at]}`)
  }
})

test('faces, and now and then the neck', () => {
  const share = (isThere: (mm: [number, number, number]) => boolean): number =>
    runs.filter(({ off }) => off.some((at) => isThere(places[at]!))).length / runs.length
  assert.ok(share(([, y, z]) => y > 50 && z < -50) > 0.9)
  const neck = share(([, y, z]) => y < -30 && z < -75)
  assert.ok(neck > 0.1 && neck < 0.9, `${neck}`)
})

test('the same random numbers take off the same; what shows no brain stays', () => {
  assert.deepEqual(defaced(head, seededRandom(3)), runs[3]!.subject)
  const nothing = { ...head, sets: { ...head.sets, data: head.sets.data.map(() => SKULL) } }
  assert.equal(defaced(nothing, seededRandom(1)), nothing)
})
