import { planeStep } from './plane-step.ts'
import type { Shape } from './volume.ts'

/** The share of voxels that are exactly 0, in the planes that are looked at. */
export function zeroShare(data: Float32Array, [nx, ny, nz]: Shape): number {
  const plane = nx * ny
  const step = planeStep(nz)
  let zeros = 0
  let counted = 0
  for (let k = 0; k < nz; k += step) {
    zeros += zerosIn(data, k * plane, (k + 1) * plane)
    counted += plane
  }
  return zeros / counted
}

function zerosIn(data: Float32Array, start: number, end: number): number {
  let zeros = 0
  for (let at = start; at < end; at++) if (data[at] === 0) zeros++
  return zeros
}
