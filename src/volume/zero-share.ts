import type { Shape } from './volume.ts'

/** Every so many planes are counted of a volume that has so many. */
const [EVERY, MANY] = [4, 64]

/** The share of voxels that are exactly 0, of every fourth plane of a large volume: for thresholds, far from which it lies. */
export function zeroShare(data: Float32Array, [nx, ny, nz]: Shape): number {
  const plane = nx * ny
  const step = nz < MANY ? 1 : EVERY
  let [zeros, counted] = [0, 0]
  for (let k = 0; k < nz; k += step) {
    for (let at = k * plane; at < (k + 1) * plane; at++) if (data[at] === 0) zeros++
    counted += plane
  }
  return zeros / counted
}
