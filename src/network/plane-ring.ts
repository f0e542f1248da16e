/**
 * Logits of the z planes that the patches of one layer touch: a ring in which plane z lies at z mod patchDepth.
 * The sum of weighted logits is kept, not their mean: dividing every label by the same weight does not move the argmax.
 */
import { release } from '../volume/release.ts'
import type { Shape } from '../volume/volume.ts'

type Triple<T> = readonly [T, T, T]

export interface PlaneRing {
  /** Adds a patch's logits [D, H, W, K] that starts at (x, y, z); what lies outside of the grid is dropped. */
  add(logits: Float32Array, x: number, y: number, z: number): void
  /** Writes the likeliest label of planes [from, to) and its probability, and frees them. */
  decide(found: Decided, from: number, to: number): void
  /** After the last plane: the ring holds nothing any more and takes nothing. */
  release(): void
}

/** What is known of each voxel once its plane is decided; both as long as the grid. */
export interface Decided {
  readonly labels: Uint8Array
  /** Softmax probability of that label, 0 … 255 for 0 … 1. */
  readonly confidence: Uint8Array
}

/** Bytes that a ring holds, for the memory formula of the README. */
export function planeRingBytes(shape: Shape, patchDepth: number, labelCount: number): number {
  return 4 * Math.min(patchDepth, shape[2]) * shape[1] * shape[0] * labelCount
}

/**
 * min(patchDepth, nz) planes of zeros. `weightSums` along x, y, z (blend.ts) turn a sum of logits into their mean, of
 * which the probability is taken. Patches come in z order; a plane is decided before its place is used again.
 * @param logitShift added to the mean logit of each label; left out, nothing is
 */
export function planeRing(
  shape: Shape,
  [w, h, d]: Triple<number>,
  labelCount: number,
  [xWeights, yWeights, zWeights]: Triple<Float32Array>,
  [xSums, ySums, zSums]: Triple<Float64Array>,
  logitShift?: readonly number[],
): PlaneRing {
  if (logitShift !== undefined && logitShift.length !== labelCount)
    throw new Error(`the card shifts ${logitShift.length} logits; the model has ${labelCount} labels`)
  const [nx, ny, nz] = shape
  const depth = Math.min(d, nz)
  const planeLength = ny * nx * labelCount
  const sums = new Float32Array(planeRingBytes(shape, d, labelCount) / 4) // [depth, ny, nx, K]

  return {
    add(logits, x, y, z) {
      if (logits.length !== d * h * w * labelCount) {
        throw new Error(
          `the engine gave ${logits.length} logits for a patch of ${d}×${h}×${w} and ${labelCount} labels`,
        )
      }
      const rowLength = Math.min(w, nx - x) * labelCount
      for (let k = 0; k < d && z + k < nz; k++) {
        for (let j = 0; j < h && y + j < ny; j++) {
          const weight = zWeights[k]! * yWeights[j]!
          let from = (k * h + j) * w * labelCount
          let to = ((z + k) % depth) * planeLength + ((y + j) * nx + x) * labelCount
          for (let i = 0; i < rowLength; i += labelCount) {
            const voxelWeight = weight * xWeights[i / labelCount]!
            for (let label = 0; label < labelCount; label++) sums[to++]! += voxelWeight * logits[from++]!
          }
        }
      }
    },
    decide({ labels, confidence }, from, to) {
      for (let z = from; z < to; z++) {
        const plane = sums.subarray((z % depth) * planeLength, (z % depth) * planeLength + planeLength)
        let voxel = z * nx * ny
        for (let y = 0, at = 0; y < ny; y++) {
          const rowWeight = zSums[z]! * ySums[y]!
          for (let x = 0; x < nx; x++, voxel++, at += labelCount) {
            const weight = rowWeight * xSums[x]!
            if (logitShift)
              for (let label = 0; label < labelCount; label++) plane[at + label]! += weight * logitShift[label]!
            let best = 0
            for (let label = 1; label < labelCount; label++) if (plane[at + label]! > plane[at + best]!) best = label
            labels[voxel] = best
            confidence[voxel] = Math.round(255 * probability(plane, at, labelCount, best, weight))
          }
        }
        plane.fill(0)
      }
    },
    release: () => release(sums),
  }
}

/** Softmax at label `best`, the largest, of the logits sums[at …] / weight: 1 / Σ exp(l − l_best). */
function probability(sums: Float32Array, at: number, labelCount: number, best: number, weight: number): number {
  let total = 0
  for (let label = 0; label < labelCount; label++) total += Math.exp((sums[at + label]! - sums[at + best]!) / weight)
  return 1 / total
}
