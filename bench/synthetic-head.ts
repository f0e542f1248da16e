/**
 * A whole head for measurements of time: ellipsoids in a box of `edge`³ voxels of 1 mm, as a T1 of int16, gzipped.
 *
 * The head takes 0.84 of the box from left to right and from top to bottom and 0.92 from front to back, whatever the size of
 * the box: one of 512³ is larger than any head, and costs what a scan of so many voxels with a head in it costs. From the
 * outside in: scalp, skull, fluid, a folded grey ribbon, white matter, two ventricles; noise of 4 % of white matter. What a
 * network calls it says nothing about the network.
 */
import { gzipSync } from 'node:zlib'
import { buildNifti } from '../test/fixtures/nifti.ts'

const HALF = { x: 0.42, y: 0.46, z: 0.42 }
const VENTRICLE = { x: 0.05, y: 0.16, z: 0.07, aside: 0.07 }
/** T1: fat is bright, bone and air are dark, fluid is darker than grey and grey than white matter. */
const LEVELS = { air: 20, scalp: 850, bone: 120, fluid: 250, grey: 620, white: 1000 }
const NOISE = 40
/** Where a layer ends, as a share of the way from the middle to the skin. */
const ENDS = { bone: 0.91, fluid: 0.84, grey: 0.79, white: 0.7 }
const FOLD = 0.04
const FOLDS = 14

/** @returns the bytes of a `.nii.gz` */
export function syntheticHead(edge: number): Buffer {
  const voxels = new Int16Array(edge ** 3)
  const at = (n: number) => (n + 0.5) / edge - 0.5
  let random = 0x9e3779b9
  for (let k = 0, v = 0; k < edge; k++) {
    const z = at(k)
    for (let j = 0; j < edge; j++) {
      const y = at(j)
      for (let i = 0; i < edge; i++, v++) {
        // xorshift32 (Marsaglia 2003): the same head each time, and no compressor makes it small
        random ^= random << 13
        random ^= random >>> 17
        random ^= random << 5
        voxels[v] = Math.max(0, levelAt(at(i), y, z) + ((random % 1000) / 1000) * NOISE)
      }
    }
  }
  const header = buildNifti({ dim: [3, edge, edge, edge], data: Buffer.alloc(0) })
  return gzipSync(Buffer.concat([header, Buffer.from(voxels.buffer)]), { level: 1 })
}

/** @param x @param y @param z from −0.5 to 0.5 of the box */
function levelAt(x: number, y: number, z: number): number {
  const out = Math.hypot(x / HALF.x, y / HALF.y, z / HALF.z)
  if (out > 1) return LEVELS.air
  if (out > ENDS.bone) return LEVELS.scalp
  if (out > ENDS.fluid) return LEVELS.bone
  const fold = FOLD * Math.sin((FOLDS * x) / HALF.x) * Math.sin((FOLDS * y) / HALF.y) * Math.sin((FOLDS * z) / HALF.z)
  if (out > ENDS.grey + fold) return LEVELS.fluid
  if (out > ENDS.white + fold) return LEVELS.grey
  const aside = (Math.abs(x) - VENTRICLE.aside) / VENTRICLE.x
  return Math.hypot(aside, y / VENTRICLE.y, z / VENTRICLE.z) < 1 ? LEVELS.fluid : LEVELS.white
}
