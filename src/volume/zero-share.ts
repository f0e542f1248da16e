import { planeStep } from './plane-step.ts'
import type { Shape } from './volume.ts'

/** The share of voxels that are exactly 0, in the planes that are looked at. */
export function zeroShare(data: Float32Array, [nx, ny, nz]: Shape): number {
  const plane = nx * ny
  const step = planeStep(nz)
  let [zeros, counted] = [0, 0]
  for (let k = 0; k < nz; k += step) {
    for (let at = k * plane; at < (k + 1) * plane; at++) if (data[at] === 0) zeros++
    counted += plane
  }
  return zeros / counted
}
