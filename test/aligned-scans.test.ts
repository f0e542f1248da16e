/**
 * Four real patients who moved between T1 and FLAIR by 12 to 15 mm. Where four points of each brain went is known from scipy:
 * Powell's search for the most mutual information (32 bins) inside the brain mask that came with the T1, which our code
 * never sees. Millimetres, RAS+.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readModels } from '../src/model/registry.ts'
import { findMotion } from '../src/preprocess/find-motion.ts'
import { applyAffine, type Vector } from '../src/volume/affine.ts'
import { readVolume } from '../training/sources/datasets/read-volume.ts'
import { DATA_DIR } from './fixtures/real-scans.ts'

const FOLDER = join(DATA_DIR, 'tissue/CBICA__NiChart_Project/sample_datasets/demo_dataset')
const skip = existsSync(FOLDER) ? false : `no NiChart scans in ${DATA_DIR}`
/** How far a place may be off: one voxel of 2 mm. */
const MOST_MM = 2

const WENT: Record<number, readonly (readonly [from: Vector, to: Vector])[]> = {
  3: [
    [
      [16, 6, 3],
      [6.3, 5.5, 10.9],
    ],
    [
      [66, 6, 3],
      [56.2, 5.2, 14.3],
    ],
    [
      [16, 66, 3],
      [6.7, 65.5, 11.2],
    ],
    [
      [16, 6, 43],
      [3.6, 5.4, 50.9],
    ],
  ],
  5: [
    [
      [3, 2, 0],
      [5, 9.3, -9.4],
    ],
    [
      [53, 2, 0],
      [54.9, 9.6, -10.2],
    ],
    [
      [3, 62, 0],
      [4.4, 69.1, -13.4],
    ],
    [
      [3, 2, 40],
      [5.6, 11.9, 30.6],
    ],
  ],
  6: [
    [
      [-2, -6, 8],
      [0.8, -4.7, -5.4],
    ],
    [
      [48, -6, 8],
      [50.8, -5.4, -7.6],
    ],
    [
      [-2, 54, 8],
      [1.9, 55.1, -0.8],
    ],
    [
      [-2, -6, 48],
      [2.5, -7.8, 34.5],
    ],
  ],
  8: [
    [
      [-7, 23, -39],
      [-4.1, 16, -50.6],
    ],
    [
      [43, 23, -39],
      [45.9, 16.8, -50.7],
    ],
    [
      [-7, 83, -39],
      [-5.1, 76, -49.3],
    ],
    [
      [-7, 23, 1],
      [-4, 15.2, -10.6],
    ],
  ],
}

test('where a brain went between two real scans, within a voxel of what scipy says', { skip }, async (t) => {
  const models = await readModels(join(import.meta.dirname, '../models'))
  const { card } = models.find(({ card }) => card.id === 'joint-wmh')!
  for (const [subject, points] of Object.entries(WENT)) {
    const read = (file: string) => readVolume(join(FOLDER, file), 'scan')
    const [t1, flair] = [await read(`t1/Subj${subject}_T1.nii.gz`), await read(`fl/Subj${subject}_FL.nii.gz`)]
    const found = findMotion(t1, flair, card.preprocess.normalize, card.inference.align!)!
    const errorsMm = points.map(([from, to]) => {
      const [x, y, z] = applyAffine(found.affine, ...from)
      return Math.hypot(x - to[0], y - to[1], z - to[2])
    })
    t.diagnostic(`subject ${subject}: ${errorsMm.map((mm) => mm.toFixed(1)).join(', ')} mm`)
    assert.ok(Math.max(...errorsMm) < MOST_MM, `subject ${subject}: ${errorsMm} mm`)
  }
})
