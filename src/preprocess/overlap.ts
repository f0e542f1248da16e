/** How much of the head another channel shows: two scans of different places must not be laid over each other. */
import { FaultError } from '../errors.ts'
import { applyAffine, voxelVolumeMl } from '../volume/affine.ts'
import { indexMap } from '../volume/index-map.ts'
import { isInside } from '../volume/taps.ts'
import { type Grid, voxelCount } from '../volume/volume.ts'

/** Below this share of the smaller of the two boxes, the scans are taken to show different places. */
const LEAST_OVERLAP = 0.25
/** Points along each axis at which the overlap is counted. */
const LATTICE = 32

/** The share (0..1) of the box of `head` that lies in the field of view of `scan`. */
export function coveredShare(head: Grid, scan: Grid): number {
  const map = indexMap(head, scan)
  const position = (axis: number, step: number): number => ((step + 0.5) / LATTICE) * head.shape[axis]! - 0.5
  let inside = 0
  for (let c = 0; c < LATTICE; c++) {
    for (let b = 0; b < LATTICE; b++) {
      for (let a = 0; a < LATTICE; a++) {
        const [x, y, z] = applyAffine(map, position(0, a), position(1, b), position(2, c))
        if (isInside(x, scan.shape[0]) && isInside(y, scan.shape[1]) && isInside(z, scan.shape[2])) inside++
      }
    }
  }
  return inside / LATTICE ** 3
}

/**
 * The covered share of `head`.
 * @throws FaultError 'channels-do-not-overlap' where the common box is under a quarter of the smaller of the two.
 */
export function checkOverlap(head: Grid, scan: Grid, channel: string): number {
  const covered = coveredShare(head, scan)
  const headMl = voxelCount(head.shape) * voxelVolumeMl(head.affine)
  const scanMl = voxelCount(scan.shape) * voxelVolumeMl(scan.affine)
  const overlap = (covered * headMl) / Math.min(headMl, scanMl)
  if (overlap < LEAST_OVERLAP) {
    throw new FaultError(
      'channels-do-not-overlap',
      `the field of view of channel ${channel} and the head overlap by ${Math.round(100 * overlap)} % of the smaller ` +
        `(${Math.round(headMl)} and ${Math.round(scanMl)} mL); at least ${100 * LEAST_OVERLAP} % is needed`,
    )
  }
  return covered
}
