/** Skull stripping as tools do it: a smooth mask around the tissue, here tight, there loose. */
import { outside } from '../../../src/labels/outside.ts'
import type { Shape } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { BACKGROUND, CSF } from '../../method/label-sets.ts'
import { blur } from './blur.ts'
import { smoothField } from './smooth-field.ts'

const EDGE_LATTICE_MM = 22

/**
 * 1 inside the brain, 0 outside: the tissue mask blurred and cut at a level that wanders around a random one.
 * A low level leaves a rim of CSF, a high one follows the cortex. What the mask encloses is brain, however far from tissue it
 * lies: the middle of a wide ventricle.
 */
export function brainMask(truth: Uint8Array, shape: Shape, random: Random): Uint8Array {
  const [nx, ny, nz] = shape
  const solid = new Float32Array(truth.length)
  for (let v = 0; v < truth.length; v++) solid[v] = truth[v]! > CSF ? 1 : 0
  const soft = blur(solid, new Float32Array(truth.length), shape, [2.5, 2.5, 2.5])
  const level = random.uniform(0.06, 0.4)
  const wander = smoothField(shape, EDGE_LATTICE_MM, random.uniform(0, 0.25) * level, random)
  const line = new Float32Array(nx)
  const mask = new Uint8Array(truth.length)
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      wander.row(j, k, line)
      const row = nx * (j + ny * k)
      for (let i = 0; i < nx; i++) {
        const inside = soft[row + i]! > level + line[i]!
        mask[row + i] = inside && (truth[row + i] !== BACKGROUND || soft[row + i]! > 0.5) ? 1 : 0
      }
    }
  }
  return outside(mask, shape, 0).map((isOutside) => 1 - isOutside)
}

/** Sets the images to 0 and the truth to background outside the mask, in place. */
export function strip(images: readonly Float32Array[], truth: Uint8Array, mask: Uint8Array): void {
  for (let v = 0; v < mask.length; v++) {
    if (mask[v] === 1) continue
    truth[v] = BACKGROUND
    for (const image of images) image[v] = 0
  }
}
