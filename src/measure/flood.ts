/**
 * Which of several markers each voxel of a body belongs to: the one that it is reached from by the wider way, and of ways of one
 * width by the shorter. A watershed on how far a voxel lies from the wall (Vincent & Soille 1991), so that two bodies that a narrow
 * passage joins are parted in that passage.
 */
import type { Shape } from '../volume/volume.ts'

/** Widths are told apart to a quarter of a millimetre, up to 20 mm. */
const LEVELS_PER_MM = 4
const LEVELS = 80

/**
 * In place: `markers` (0 where there is none) spreads over the body, by faces.
 * @param wallMm2 squared distance of each voxel of the body from what is no body, mm²
 * @returns of each voxel how wide the way to it is where that is narrowest, from the middle to the wall, in quarters of a millimetre
 */
export function flood(markers: Uint8Array, body: Uint8Array, wallMm2: Float32Array, [nx, ny, nz]: Shape): Uint8Array {
  const levelOf = (at: number) => widthOf(wallMm2[at]!)
  const ways = new Uint8Array(markers.length)
  const waiting: number[][] = Array.from({ length: LEVELS }, () => [])
  const isFree = (to: number) => body[to] !== 0 && markers[to] === 0
  for (let at = 0; at < markers.length; at++) {
    if (markers[at] === 0) continue
    ways[at] = levelOf(at)
    // a place that leads nowhere need not wait: of specks there are many
    const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
    const leads =
      (i > 0 && isFree(at - 1)) ||
      (i < nx - 1 && isFree(at + 1)) ||
      (j > 0 && isFree(at - nx)) ||
      (j < ny - 1 && isFree(at + nx)) ||
      (k > 0 && isFree(at - nx * ny)) ||
      (k < nz - 1 && isFree(at + nx * ny))
    if (leads) waiting[levelOf(at)]!.push(at)
  }
  for (let level = LEVELS - 1; level >= 0; level--) {
    const here = waiting[level]!
    // it grows while it is walked
    for (let n = 0; n < here.length; n++) {
      const at = here[n]!
      const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
      const reach = (to: number) => {
        if (body[to] === 0 || markers[to] !== 0) return
        markers[to] = markers[at]!
        ways[to] = Math.min(level, levelOf(to))
        waiting[ways[to]!]!.push(to)
      }
      if (i > 0) reach(at - 1)
      if (i < nx - 1) reach(at + 1)
      if (j > 0) reach(at - nx)
      if (j < ny - 1) reach(at + nx)
      if (k > 0) reach(at - nx * ny)
      if (k < nz - 1) reach(at + nx * ny)
    }
    here.length = 0
  }
  return ways
}

/** Quarters of a millimetre. */
export function widthOf(wallMm2: number): number {
  return Math.min(LEVELS - 1, Math.floor(LEVELS_PER_MM * Math.sqrt(wallMm2)))
}
