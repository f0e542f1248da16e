/** How well two label maps on one grid agree, label by label: Dice and the 95th percentile Hausdorff distance. */
import { spacingMm } from '../volume/affine.ts'
import { type Box, boxOfFilled, crop, sizeOf, widen } from '../volume/crop.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { squaredDistanceMm2 } from './distance.ts'

/** 2|A∩B| / (|A| + |B|) for each value 0 … labelCount − 1; null where neither map has the label. */
export function dice(a: LabelVolume, b: LabelVolume, labelCount: number): (number | null)[] {
  checkShapes(a, b)
  const [inA, inB, inBoth] = [new Float64Array(256), new Float64Array(256), new Float64Array(256)]
  for (let at = 0; at < a.data.length; at++) {
    const value = a.data[at]!
    inA[value]! += 1
    inB[b.data[at]!]! += 1
    if (value === b.data[at]) inBoth[value]! += 1
  }
  return Array.from({ length: labelCount }, (_, value) => {
    const total = inA[value]! + inB[value]!
    return total === 0 ? null : (2 * inBoth[value]!) / total
  })
}

/**
 * HD95 of one label in mm: distances from each surface voxel of one map to the nearest surface voxel of the other,
 * their 95th percentile (numpy's default, linear), the larger of the two directions (as MONAI and Metrics Reloaded).
 * A surface voxel has a face neighbour outside the label (or outside the volume). Null where either map lacks the label.
 */
export function hd95Mm(a: LabelVolume, b: LabelVolume, value: number): number | null {
  checkShapes(a, b)
  const either = Uint8Array.from(a.data, (label, at) => Number(label === value || b.data[at] === value))
  const box = boxOfFilled(either, a.shape)
  if (box === null) return null
  // A rim of background, so that a surface at the edge of the box is judged by its true neighbours.
  const wide = widen(box, [1, 1, 1], a.shape)
  const [surfaceA, surfaceB] = [surfaceOf(a, value, wide), surfaceOf(b, value, wide)]
  if (!surfaceA.includes(1) || !surfaceB.includes(1)) return null
  const spacing = spacingMm(a.affine)
  const shape = sizeOf(wide)
  return Math.max(
    percentile95Mm(surfaceA, squaredDistanceMm2(surfaceB, shape, spacing)),
    percentile95Mm(surfaceB, squaredDistanceMm2(surfaceA, shape, spacing)),
  )
}

function checkShapes(a: LabelVolume, b: LabelVolume): void {
  if (a.shape.join() !== b.shape.join()) {
    throw new Error(`label maps of ${a.shape.join('×')} and ${b.shape.join('×')} voxels cannot be compared`)
  }
}

/** 1 on the surface of the label, else 0, inside the box. */
function surfaceOf({ data, shape }: LabelVolume, value: number, box: Box): Uint8Array {
  const cut = crop(data, shape, box)
  const [nx, ny, nz] = sizeOf(box)
  const surface = new Uint8Array(cut.length)
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at++) {
        if (cut[at] !== value) continue
        const enclosed =
          i > 0 &&
          i < nx - 1 &&
          j > 0 &&
          j < ny - 1 &&
          k > 0 &&
          k < nz - 1 &&
          cut[at - 1] === value &&
          cut[at + 1] === value &&
          cut[at - nx] === value &&
          cut[at + nx] === value &&
          cut[at - nx * ny] === value &&
          cut[at + nx * ny] === value
        if (!enclosed) surface[at] = 1
      }
    }
  }
  return surface
}

function percentile95Mm(surface: Uint8Array, squaredMm2: Float64Array): number {
  const distances = squaredMm2.filter((_, at) => surface[at] === 1).sort()
  const at = 0.95 * (distances.length - 1)
  const [below, above] = [Math.sqrt(distances[Math.floor(at)]!), Math.sqrt(distances[Math.ceil(at)]!)]
  return below + (above - below) * (at - Math.floor(at))
}
