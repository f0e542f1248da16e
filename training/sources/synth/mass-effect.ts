/** What a growing mass does to the brain around it: tissue is pushed outward and squeezed, and the skull holds. */
import type { Shape } from '../../../src/volume/volume.ts'
import { BACKGROUND } from '../../method/label-sets.ts'
import { CLASS_OF_GROUP } from './groups.ts'

export interface Ellipsoid {
  /** Voxel indices i, j, k. */
  readonly centre: readonly [number, number, number]
  /** Half axes along i, j, k, in voxels. */
  readonly radii: readonly [number, number, number]
}

/** Nothing moves from here on, in radii of the ellipsoid. */
const REACH_RADII = 2.5

/** First and last voxel of the box that holds the ellipsoid grown by `grow`, cut to the grid. */
export function boxAround({ centre, radii }: Ellipsoid, grow: number, shape: Shape) {
  const lo = centre.map((c, a) => Math.max(0, Math.floor(c - grow * radii[a]!))) as [number, number, number]
  const hi = centre.map((c, a) => Math.min(shape[a]! - 1, Math.ceil(c + grow * radii[a]!))) as [number, number, number]
  return { lo, hi }
}

/** Steps to the nearest voxel that is no brain, up to `most`. */
function stepsFromOutside(groups: Uint8Array, shape: Shape, most: number): Uint8Array {
  const [nx, ny] = shape
  const offsets = [-1, 1, -nx, nx, -nx * ny, nx * ny]
  const steps = groups.map((g) => (CLASS_OF_GROUP[g] === BACKGROUND ? 0 : most))
  let front: number[] = []
  for (let v = 0; v < steps.length; v++) {
    if (steps[v] === 0 && offsets.some((offset) => steps[v + offset] === most)) front.push(v)
  }
  for (let step = 1; step < most && front.length > 0; step++) {
    const next: number[] = []
    for (const v of front) {
      for (const offset of offsets) {
        if ((steps[v + offset] ?? 0) <= step) continue
        steps[v + offset] = step
        next.push(v + offset)
      }
    }
    front = next
  }
  return steps
}

/**
 * Share of `push` with which a voxel at `rho` radii is moved: whole at the ellipsoid's edge, none at REACH_RADII.
 * As the displacement falls outward, what lies there is squeezed and never folded.
 */
function falloff(rho: number): number {
  return rho < 1 ? 1 : (0.5 + 0.5 * Math.cos((Math.PI * (rho - 1)) / (REACH_RADII - 1))) / rho
}

/**
 * A copy of `groups` in which the brain around the ellipsoid gives way: source = centre + (p − centre)·(1 − push·w),
 * nearest neighbour. At its edge tissue has moved by `push` of the radius; towards the skull, which stays in its
 * place, the movement fades out.
 */
export function pushOutward(groups: Uint8Array, shape: Shape, mass: Ellipsoid, push: number): Uint8Array {
  const out = groups.slice()
  const shiftVoxels = push * Math.max(...mass.radii)
  if (shiftVoxels === 0) return out
  const [nx, ny] = shape
  const fadeSteps = Math.min(250, Math.ceil(2 * shiftVoxels))
  const steps = stepsFromOutside(groups, shape, fadeSteps)
  const { lo, hi } = boxAround(mass, REACH_RADII, shape)
  const [ci, cj, ck] = mass.centre
  for (let k = lo[2]; k <= hi[2]; k++) {
    for (let j = lo[1]; j <= hi[1]; j++) {
      for (let i = lo[0]; i <= hi[0]; i++) {
        const v = i + nx * (j + ny * k)
        if (steps[v] === 0) continue
        const rho = Math.hypot((i - ci) / mass.radii[0], (j - cj) / mass.radii[1], (k - ck) / mass.radii[2])
        if (rho >= REACH_RADII) continue
        const f = 1 - push * falloff(rho) * (steps[v]! / fadeSteps)
        const source =
          Math.round(ci + (i - ci) * f) + nx * (Math.round(cj + (j - cj) * f) + ny * Math.round(ck + (k - ck) * f))
        if (steps[source]! > 0) out[v] = groups[source]!
      }
    }
  }
  return out
}
