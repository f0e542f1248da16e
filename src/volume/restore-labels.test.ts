import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_48, storedAs, tiltedAffine } from '../../test/fixtures/orientations.ts'
import { applyAffine } from './affine.ts'
import { crop, cropGrid } from './crop.ts'
import { reorientGrid } from './orientation.ts'
import { resampleTo } from './resample.ts'
import { restoreLabels } from './restore-labels.ts'
import type { Grid, LabelVolume } from './volume.ts'

/** Labels 0..3 without any order in them (a linear congruence on the index). */
function noise(grid: Grid): LabelVolume {
  const length = grid.shape[0] * grid.shape[1] * grid.shape[2]
  return { ...grid, data: Uint8Array.from({ length }, (_, at) => ((at * 1103515245 + 12345) >>> 16) % 4) }
}

const straight = noise({ shape: [7, 6, 5], affine: tiltedAffine([1, 1.5, 2], [0, 0, 0], [-3, -4, -5]) })
const tilted = noise({ shape: [7, 6, 5], affine: tiltedAffine([1, 1.5, 2], [12, -9, 25], [-3, -4, -5]) })

test('on any stored order of its own grid a label map comes back exactly, straight and oblique', () => {
  for (const labels of [straight, tilted]) {
    for (const map of ALL_48) {
      const stored = storedAs(labels, map)
      assert.deepEqual(restoreLabels(labels, stored), stored.data)
    }
  }
})

test('a cropped label map is put back where it was cut, with background around it', () => {
  const box = { start: [2, 1, 1], end: [6, 5, 3] } as const
  const cut = { ...cropGrid(tilted, box), data: crop(tilted.data, tilted.shape, box) }
  for (const map of ALL_48) {
    const target = reorientGrid(tilted, map)
    const back = { ...target, data: restoreLabels(cut, target) }
    assert.deepEqual(
      back.data.reduce((voxels, label) => voxels + Number(label > 0), 0),
      cut.data.reduce((voxels, label) => voxels + Number(label > 0), 0),
    )
    assert.deepEqual(restoreLabels(back, cut), cut.data)
  }
})

test('on another spacing the answer is the same for every stored order of the target', () => {
  for (const degrees of [0, 8]) {
    const target = { shape: [9, 8, 7], affine: tiltedAffine([0.8, 0.9, 1.1], [degrees, 0, 0], [-3, -4, -5]) } as const
    const expected = { ...target, data: restoreLabels(straight, target) }
    for (const map of ALL_48) {
      const stored = storedAs(expected, map)
      assert.deepEqual(restoreLabels(straight, stored), stored.data)
    }
  }
})

test('the winner is the label whose own trilinear map is the highest', () => {
  for (const degrees of [0, 15]) {
    const target = {
      shape: [6, 6, 6],
      affine: tiltedAffine([0.83, 0.97, 1.1], [degrees, 0, 0], [-2.71, -3.13, -3.9]),
    } as const
    const found = restoreLabels(straight, target)
    const maps = [0, 1, 2, 3].map((value) => {
      const data = Float32Array.from(straight.data, (label) => Number(label === value))
      return resampleTo({ ...straight, data }, target, 0)
    })
    found.forEach((label, at) => {
      assert.ok(maps.every((map) => map[at]! <= maps[label]![at]! + 1e-6))
    })
    assert.ok(new Set(found).size > 1)
  }
})

test('at twice the spacing five of the eight voxels beneath outvote three', () => {
  const labels = { shape: [2, 2, 2], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [0, 0, 0]) } as const
  const target = { shape: [1, 1, 1], affine: tiltedAffine([2, 2, 2], [0, 0, 0], [0.5, 0.5, 0.5]) } as const
  const data = Uint8Array.of(1, 2, 2, 1, 2, 2, 1, 2)
  assert.deepEqual(restoreLabels({ ...labels, data }, target), Uint8Array.of(2))
})

test('half way between two labels the nearer index wins, and beyond the outer faces is background', () => {
  const labels = {
    shape: [2, 1, 1],
    affine: tiltedAffine([1, 1, 1], [0, 0, 0], [0, 0, 0]),
    data: Uint8Array.of(3, 1),
  } as const
  const target = { shape: [6, 1, 1], affine: tiltedAffine([0.5, 1, 1], [0, 0, 0], [-1, 0, 0]) } as const
  // Positions −1, −0.5, 0, 0.5, 1, 1.5.
  assert.deepEqual(restoreLabels(labels, target), Uint8Array.of(0, 3, 3, 3, 1, 1))
})

test('a ball drawn at 1 mm keeps its volume within 2 % on an oblique grid', () => {
  const grid = { shape: [40, 40, 40], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [-20, -20, -20]) } as const
  const data = Uint8Array.from({ length: 64000 }, (_, at) => {
    const [x, y, z] = applyAffine(grid.affine, at % 40, Math.floor(at / 40) % 40, Math.floor(at / 1600))
    return Number(Math.hypot(x, y, z) < 12)
  })
  const oblique = { shape: [52, 52, 26], affine: tiltedAffine([0.8, 0.8, 1.6], [20, 0, 0], [-20, -12, -26.5]) } as const
  const voxels = restoreLabels({ ...grid, data }, oblique).reduce((sum, label) => sum + label, 0)
  const truthMm3 = (4 / 3) * Math.PI * 12 ** 3
  assert.ok(Math.abs((voxels * 0.8 * 0.8 * 1.6) / truthMm3 - 1) < 0.02)
})
