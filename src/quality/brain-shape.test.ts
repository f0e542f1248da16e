/** Boxes of whole blocks, so that every number is arithmetic. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelVolume } from '../volume/volume.ts'
import { brainShape } from './brain-shape.ts'

type Box = readonly [from: readonly number[], to: readonly number[], label?: number]

/** 64 × 64 × 64 voxels of `mm`; each box from … to − 1, later ones over earlier ones. */
function labelled(mm: number, ...boxes: readonly Box[]): LabelVolume {
  const data = new Uint8Array(64 ** 3)
  for (const [from, to, label = 1] of boxes)
    for (let k = from[2]!; k < to[2]!; k++)
      for (let j = from[1]!; j < to[1]!; j++) data.fill(label, 64 * (j + 64 * k) + from[0]!, 64 * (j + 64 * k) + to[0]!)
  return { shape: [64, 64, 64], affine: [mm, 0, 0, 0, 0, mm, 0, 0, 0, 0, mm, 0, 0, 0, 0, 1], data }
}

const close = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-9, `${found} ${expected}`)

test('volume, extents and what lies below are those of a box of 40 × 48 × 56 mm', () => {
  const shape = brainShape(
    labelled(1, [
      [8, 8, 4],
      [48, 56, 60],
    ]),
  )!
  close(shape.labelledMl, 107.52)
  assert.deepEqual(shape.extentMm, [40, 48, 56])
  // 14 sections of 120 blocks of 64 µL; the top of the fifth from below lies 40 mm and more under the topmost
  close(shape.belowMl(40), 4 * 120 * 0.064)
  assert.equal(shape.belowMl(56), 0)
  // 1680 blocks, 856 faces
  close(shape.sphericity, Math.cbrt(36 * Math.PI * 1680 ** 2) / (856 / 1.5))
  assert.deepEqual([shape.holesMl, shape.mirroredShare, shape.pieceShare], [0, 1, 1])
})

test('coarser voxels give the same in millimetres', () => {
  const shape = brainShape(
    labelled(2, [
      [4, 4, 2],
      [24, 28, 30],
    ]),
  )!
  close(shape.labelledMl, 107.52)
  assert.deepEqual(shape.extentMm, [40, 48, 56])
})

test('a hole is what labels enclose; a notch that is open is none', () => {
  const box: Box = [
    [8, 8, 8],
    [48, 48, 48],
  ]
  close(brainShape(labelled(1, box, [[20, 20, 20], [28, 28, 28], 0]))!.holesMl, 0.512)
  assert.equal(brainShape(labelled(1, box, [[40, 20, 20], [48, 28, 28], 0]))!.holesMl, 0)
  // a box that fills the grid encloses as well
  const whole: Box = [
    [0, 0, 0],
    [64, 64, 64],
  ]
  close(brainShape(labelled(1, whole, [[20, 20, 20], [28, 28, 28], 0]))!.holesMl, 0.512)
})

test('left and right are exchanged about the plane that fits best, wherever the body lies', () => {
  const aside = labelled(1, [
    [0, 8, 8],
    [24, 32, 32],
  ])
  assert.equal(brainShape(aside)!.mirroredShare, 1)
  // An L lying down: a bar of 48 × 16 and one of 16 × 32 on its left end. About the middle of the bar 768 of 1280 mm² fall on
  // labels; about the middle of the left bar 2 · 256 + 256 of them do, no more.
  const l = labelled(
    1,
    [
      [8, 8, 8],
      [56, 24, 24],
    ],
    [
      [8, 24, 8],
      [24, 56, 24],
    ],
  )
  close(brainShape(l)!.mirroredShare, 768 / 1280)
})

test('a sulcus of two blocks is closed before the surface is measured, a gap of five is not', () => {
  const box: Box = [
    [8, 8, 8],
    [56, 56, 56],
  ]
  const whole = brainShape(labelled(1, box))!.sphericity
  const cut = (mm: number): Box => [[28, 8, 28], [28 + mm, 56, 56], 0]
  assert.ok(brainShape(labelled(1, box, cut(8)))!.sphericity > 0.99 * whole)
  assert.ok(brainShape(labelled(1, box, cut(20)))!.sphericity < 0.95 * whole)
})

test('pieces are joined by faces, and the largest one counts', () => {
  const two = labelled(
    1,
    [
      [0, 0, 0],
      [32, 32, 32],
    ],
    [
      [40, 40, 40],
      [56, 56, 56],
    ],
  )
  close(brainShape(two)!.pieceShare, 8 / 9)
})

test('of nothing there is no shape', () => {
  assert.equal(brainShape(labelled(1)), undefined)
})
