/**
 * One training sample: a foreground class uniformly among those the head states, a random voxel of it, and a patch
 * that contains the voxel at a random place (Roulet et al. 2019, balanced mini-batches), augmented.
 */
import type { Random } from '../compile/random.ts'
import { augmentIntensity } from './augment/intensity.ts'
import type { AugmentSpec } from './augment/spec.ts'
import type { Head } from './head.ts'
import { drawView, type MisalignedSpec, movedView, type View } from './view.ts'

export interface Sampling {
  /** Voxels along x, y, z of the model grid. */
  readonly patchVoxels: readonly [number, number, number]
  /** Chance that the voxel is drawn anywhere in the head. */
  readonly anywhere: number
  /** Chance that one of two present channels is dropped (fed as zeros). */
  readonly dropChannel: number
  /** Which channel moves where both are there, by its index. */
  readonly misaligned?: MisalignedSpec & { readonly index: number }
}

/** Start of a patch of p voxels in n that contains voxel i; inside the grid where it fits, around it where not. */
export function patchStart(i: number, p: number, n: number, random: Random): number {
  if (p >= n) return n - p + random.int(p - n + 1)
  const lo = Math.max(0, i - p + 1)
  const hi = Math.min(i, n - p)
  return lo + random.int(hi - lo + 1)
}

function drawVoxel(head: Head, anywhere: number, random: Random): number {
  if (head.strata.length === 0 || random.chance(anywhere)) return random.int(head.sets.length)
  const voxels = head.strata[random.int(head.strata.length)]!
  return voxels[random.int(voxels.length)]!
}

/** Nearest neighbour, the fill value outside. */
function cutNearest(
  from: Uint8Array | Float32Array,
  head: Head,
  size: readonly number[],
  view: View,
  fill: number,
  to: Uint8Array | Float32Array,
): void {
  const [nx, ny, nz] = head.shape
  const [w, h, d] = size as [number, number, number]
  const m = view.m
  for (let k = 0, v = 0; k < d; k++) {
    for (let j = 0; j < h; j++) {
      let x = m[1]! * j + m[2]! * k + view.origin[0] + 0.5
      let y = m[4]! * j + m[5]! * k + view.origin[1] + 0.5
      let z = m[7]! * j + m[8]! * k + view.origin[2] + 0.5
      for (let i = 0; i < w; i++, v++) {
        to[v] =
          x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz
            ? from[(x | 0) + nx * ((y | 0) + ny * (z | 0))]!
            : fill
        x += m[0]!
        y += m[3]!
        z += m[6]!
      }
    }
  }
}

/** Trilinear, the fill value outside. */
function cutTrilinear(
  from: Float32Array,
  head: Head,
  size: readonly number[],
  view: View,
  fill: number,
  to: Float32Array,
): void {
  const [nx, ny, nz] = head.shape
  const [w, h, d] = size as [number, number, number]
  const [sy, sz] = [nx, nx * ny]
  const m = view.m
  for (let k = 0, v = 0; k < d; k++) {
    for (let j = 0; j < h; j++) {
      let x = m[1]! * j + m[2]! * k + view.origin[0]
      let y = m[4]! * j + m[5]! * k + view.origin[1]
      let z = m[7]! * j + m[8]! * k + view.origin[2]
      for (let i = 0; i < w; i++, v++) {
        if (x >= 0 && y >= 0 && z >= 0 && x < nx - 1 && y < ny - 1 && z < nz - 1) {
          const [xi, yi, zi] = [x | 0, y | 0, z | 0]
          const p = xi + sy * yi + sz * zi
          const fx = x - xi
          const fy = y - yi
          const fz = z - zi
          const a = from[p]! + fx * (from[p + 1]! - from[p]!)
          const b = from[p + sy]! + fx * (from[p + sy + 1]! - from[p + sy]!)
          const c = from[p + sz]! + fx * (from[p + sz + 1]! - from[p + sz]!)
          const e = from[p + sy + sz]! + fx * (from[p + sy + sz + 1]! - from[p + sy + sz]!)
          const near = a + fy * (b - a)
          to[v] = near + fz * (c + fy * (e - c) - near)
        } else to[v] = fill
        x += m[0]!
        y += m[3]!
        z += m[6]!
      }
    }
  }
}

/** Writes one sample: image [D, H, W, C] channel last and target [D, H, W] bit masks, z, y, x. */
export function drawPatch(
  head: Head,
  sampling: Sampling,
  spec: AugmentSpec,
  random: Random,
  image: Float32Array,
  target: Uint8Array,
): void {
  const size = sampling.patchVoxels
  const voxel = drawVoxel(head, sampling.anywhere, random)
  const [nx, ny] = head.shape
  const at = [voxel % nx, Math.floor(voxel / nx) % ny, Math.floor(voxel / (nx * ny))]
  const start = at.map((i, axis) => patchStart(i, size[axis]!, head.shape[axis]!, random))
  const view = drawView(start, size, spec, random)
  cutNearest(head.sets, head, size, view, head.backgroundSet, target)

  const present = head.channels.flatMap((channel, c) => (channel ? [c] : []))
  const dropped = present.length > 1 && random.chance(sampling.dropChannel) ? present[random.int(present.length)]! : -1
  const count = head.channels.length
  const { misaligned } = sampling
  // drawn from only where it is asked for: recipes without it give the patches they always gave
  const isMoved = misaligned !== undefined && present.length > 1 && dropped < 0 && random.chance(misaligned.chance)
  const movesTo = isMoved ? movedView(view, size, misaligned, random) : view
  image.fill(0)
  const plane = new Float32Array(target.length)
  const scratch = new Float32Array(target.length)
  head.channels.forEach((channel, c) => {
    if (channel === null || c === dropped) return
    const seen = c === misaligned?.index ? movesTo : view
    const cut = seen.plain ? cutNearest : cutTrilinear
    cut(channel, head, size, seen, head.padding[c]!, plane)
    const done = augmentIntensity(plane, scratch, size, spec, random)
    for (let v = 0, to = c; v < done.length; v++, to += count) image[to] = done[v]!
  })
}
