/** A grouped map seen through a random affine and a smooth elastic deformation, nearest neighbour, 1 mm in and out. */
import { z } from 'zod'
import type { Shape } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { smoothField } from './smooth-field.ts'

export const deformSpecSchema = z.strictObject({
  rotationDegrees: z.number().nonnegative(),
  scale: z.tuple([z.number().positive(), z.number().positive()]),
  shear: z.number().nonnegative(),
  /** Spread of the elastic displacement (a third of it again at half the lattice spacing) and its lattice. */
  elasticMm: z.number().nonnegative(),
  elasticLatticeMm: z.number().positive(),
})

export type DeformSpec = z.infer<typeof deformSpecSchema>

/** 3×3, row-major: rotation · shear · scale, with a left-right flip half of the time. */
export function randomMatrix(spec: DeformSpec, flipChance: number, random: Random): number[] {
  const limit = (spec.rotationDegrees * Math.PI) / 180
  const [a, b, c] = [random.uniform(-limit, limit), random.uniform(-limit, limit), random.uniform(-limit, limit)]
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)]
  const rotation = [
    cc * cb,
    cc * sb * sa - sc * ca,
    cc * sb * ca + sc * sa,
    sc * cb,
    sc * sb * sa + cc * ca,
    sc * sb * ca - cc * sa,
    -sb,
    cb * sa,
    cb * ca,
  ]
  const shear = () => random.uniform(-spec.shear, spec.shear)
  const size = random.uniform(...spec.scale)
  const flip = random.chance(flipChance) ? -1 : 1
  // every axis a little apart from the common size; output → source, hence the inverse of the scale
  const scale = [flip, 1, 1].map((sign) => sign / (size * random.uniform(0.96, 1.04)))
  const sheared = [1, shear(), shear(), shear(), 1, shear(), shear(), shear(), 1]
  return [0, 1, 2].flatMap((r) =>
    [0, 1, 2].map(
      (col) => [0, 1, 2].reduce((sum, m) => sum + rotation[3 * r + m]! * sheared[3 * m + col]!, 0) * scale[col]!,
    ),
  )
}

/**
 * Samples `groups` on a box of `shape`, whose voxel `outCentre` looks at the source's `sourceCentre`:
 * source = matrix · (out − outCentre) + sourceCentre + elastic(out). Outside the source is group 0.
 */
export function deformGroups(
  groups: Uint8Array,
  source: Shape,
  shape: Shape,
  frame: {
    readonly matrix: readonly number[]
    readonly outCentre: readonly number[]
    readonly sourceCentre: readonly number[]
  },
  spec: DeformSpec,
  random: Random,
): Uint8Array {
  const [nx, ny, nz] = shape
  const [sx, sy, sz] = source
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = frame.matrix as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [ox, oy, oz] = frame.outCentre as [number, number, number]
  const [cx, cy, cz] = frame.sourceCentre as [number, number, number]
  const coarse = [0, 1, 2].map(() => smoothField(shape, spec.elasticLatticeMm, spec.elasticMm, random))
  const fine = [0, 1, 2].map(() => smoothField(shape, spec.elasticLatticeMm / 2, spec.elasticMm / 3, random))
  const moves = [0, 1, 2].map(() => [new Float32Array(nx), new Float32Array(nx)] as const)
  const [[dx, ex], [dy, ey], [dz, ez]] = moves as [
    readonly [Float32Array, Float32Array],
    readonly [Float32Array, Float32Array],
    readonly [Float32Array, Float32Array],
  ]
  const out = new Uint8Array(nx * ny * nz)
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let a = 0; a < 3; a++) {
        coarse[a]!.row(j, k, moves[a]![0])
        fine[a]!.row(j, k, moves[a]![1])
      }
      const row = nx * (j + ny * k)
      // 0.5: truncation below then rounds to the nearest voxel
      let x = m0 * -ox + m1 * (j - oy) + m2 * (k - oz) + cx + 0.5
      let y = m3 * -ox + m4 * (j - oy) + m5 * (k - oz) + cy + 0.5
      let z = m6 * -ox + m7 * (j - oy) + m8 * (k - oz) + cz + 0.5
      for (let i = 0; i < nx; i++) {
        const px = x + dx[i]! + ex[i]!
        const py = y + dy[i]! + ey[i]!
        const pz = z + dz[i]! + ez[i]!
        if (px >= 0 && py >= 0 && pz >= 0 && px < sx && py < sy && pz < sz) {
          out[row + i] = groups[(px | 0) + sx * ((py | 0) + sy * (pz | 0))]!
        }
        x += m0
        y += m3
        z += m6
      }
    }
  }
  return out
}
