import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelVolume } from '../volume/volume.ts'
import { edgeWarnings } from './edge-warnings.ts'

test('a plane of an eighth of the largest section at the edge is a cut, a brain stem or a touch is not', () => {
  // 20 × 20 × 20 with 10 × 10 in the middle planes and `width` voxels in the first.
  const stored = (width: number): LabelVolume => {
    const data = new Uint8Array(8000)
    for (let k = 1; k < 12; k++) {
      for (let j = 5; j < 15; j++) data.fill(1, 5 + 20 * (j + 20 * k), 15 + 20 * (j + 20 * k))
    }
    data.fill(1, 20 * 10 + 3, 20 * 10 + 3 + width)
    return { shape: [20, 20, 20], affine: [-1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1], data }
  }
  assert.deepEqual(edgeWarnings(stored(12)), [])
  // The third stored axis grows to anterior: its first plane is posterior.
  assert.match(edgeWarnings(stored(13))[0]!.message, /: posterior \(13 %\) \(share of its largest section/)
})

test('a brain that goes on beyond several ends is one warning that names them all', () => {
  const full: LabelVolume = {
    shape: [4, 4, 4],
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    data: new Uint8Array(64).fill(1),
  }
  const [warning, ...more] = edgeWarnings(full)
  assert.deepEqual(more, [])
  const ends = ['left', 'right', 'posterior', 'anterior', 'inferior', 'superior'].map((end) => `${end} (100 %)`)
  assert.ok(warning!.message.includes(`field of view: ${ends.join(', ')} (`), warning!.message)
})
