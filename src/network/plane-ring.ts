/**
 * Logits of the z planes that the patches of one layer touch: a ring in which plane z lies at z mod patchDepth.
 * The sum of weighted logits is kept, not their mean: dividing every label by the same weight does not move the argmax.
 */
import { release } from '../volume/release.ts'
import type { Shape } from '../volume/volume.ts'

type Triple<T> = readonly [T, T, T]

export interface PlaneRing {
  /** Adds a patch's logits [K, D, H, W] that starts at (x, y, z); what lies outside of the grid is dropped. */
  add(logits: Float32Array, x: number, y: number, z: number): void
  /** Writes the likeliest label of planes [from, to) and its probability, and frees them. */
  decide(found: Decided, from: number, to: number): void
  /** After the last plane: the ring holds nothing any more and takes nothing. */
  release(): void
}

/** What is known of each voxel once its plane is decided; all as long as the grid. */
export interface Decided {
  readonly labels: Uint8Array
  /** Softmax probability of that label, 0 … 255 for 0 … 1. */
  readonly confidence: Uint8Array
  /** The same two if there were no label 0, the background. */
  readonly inBrain?: { readonly labels: Uint8Array; readonly confidence: Uint8Array }
}

/** Bytes that a ring holds, for the memory formula of the README. */
export function planeRingBytes(shape: Shape, patchDepth: number, labelCount: number): number {
  return 4 * Math.min(patchDepth, shape[2]) * shape[1] * shape[0] * labelCount
}

/**
 * min(patchDepth, nz) planes of zeros. `weightSums` along x, y, z (blend.ts) turn a sum of logits into their mean, of
 * which the probability is taken; where they are 0 no patch looked, and nothing is written. Patches come in z order; a
 * plane is decided before its place is used again.
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
  const planeVoxels = ny * nx
  const [sureMargin, sureInBrain] = [sureMarginTo(labelCount - 1), sureMarginTo(labelCount - 2)]
  const planeLength = planeVoxels * labelCount
  const sums = new Float32Array(planeRingBytes(shape, d, labelCount) / 4) // [depth, K, ny, nx]

  return {
    add(logits, x, y, z) {
      if (logits.length !== d * h * w * labelCount) {
        throw new Error(
          `the engine gave ${logits.length} logits for a patch of ${d}×${h}×${w} and ${labelCount} labels`,
        )
      }
      const rowStart = Math.max(0, -x)
      const rowLength = Math.min(w, nx - x) - rowStart
      const rowWeights = new Float64Array(Math.max(0, rowLength))
      for (let k = Math.max(0, -z); k < d && z + k < nz; k++) {
        for (let j = Math.max(0, -y); j < h && y + j < ny; j++) {
          const weight = zWeights[k]! * yWeights[j]!
          for (let i = 0; i < rowLength; i++) rowWeights[i] = weight * xWeights[rowStart + i]!
          const plane = ((z + k) % depth) * planeLength + (y + j) * nx + x + rowStart
          for (let label = 0; label < labelCount; label++) {
            const from = ((label * d + k) * h + j) * w + rowStart
            const to = plane + label * planeVoxels
            for (let i = 0; i < rowLength; i++) sums[to + i]! += rowWeights[i]! * logits[from + i]!
          }
        }
      }
    },
    decide({ labels, confidence, inBrain }, from, to) {
      for (let z = from; z < to; z++) {
        const plane = sums.subarray((z % depth) * planeLength, (z % depth) * planeLength + planeLength)
        let voxel = z * planeVoxels
        for (let y = 0, at = 0; y < ny; y++) {
          const rowWeight = zSums[z]! * ySums[y]!
          for (let x = 0; x < nx; x++, voxel++, at++) {
            const weight = rowWeight * xSums[x]!
            if (weight === 0) continue
            if (logitShift)
              for (let label = 0, own = at; label < labelCount; label++, own += planeVoxels)
                plane[own]! += weight * logitShift[label]!
            const best = likeliest(plane, at, planeVoxels, 0, labelCount)
            labels[voxel] = best
            confidence[voxel] = probability(plane, at, planeVoxels, 0, labelCount, best, weight, sureMargin)
            if (inBrain === undefined) continue
            const other = best === 0 ? likeliest(plane, at, planeVoxels, 1, labelCount) : best
            inBrain.labels[voxel] = other
            inBrain.confidence[voxel] = probability(plane, at, planeVoxels, 1, labelCount, other, weight, sureInBrain)
          }
        }
        plane.fill(0)
      }
    },
    release: () => release(sums),
  }
}

/** Of the labels from `first` on the one with the largest logit, the lowest at a tie; a label's sum lies `step` after the last one's. */
function likeliest(sums: Float32Array, at: number, step: number, first: number, labelCount: number): number {
  let best = first
  let most = sums[at + first * step]!
  for (let label = first + 1; label < labelCount; label++) {
    const sum = sums[at + label * step]!
    if (sum > most) {
      most = sum
      best = label
    }
  }
  return best
}

/**
 * How far a logit must be ahead of `others` more to be 255 of 255: where their share, at most others · exp(−margin), is below
 * 1/509, 1 / (1 + share) > 254.5 / 255.
 */
function sureMarginTo(others: number): number {
  return Math.log(509 * others)
}

/**
 * Softmax over the labels from `first` on, at label `best`, the largest, of the logits sums[…] / weight: 1 / Σ exp(l − l_best),
 * 0 … 255 for 0 … 1. Far ahead of all others it is 255 without an exponential.
 */
function probability(
  sums: Float32Array,
  at: number,
  step: number,
  first: number,
  labelCount: number,
  best: number,
  weight: number,
  sureMargin: number,
): number {
  const most = sums[at + best * step]!
  let next = Number.NEGATIVE_INFINITY
  for (let label = first; label < labelCount; label++) {
    const sum = sums[at + label * step]!
    if (label !== best && sum > next) next = sum
  }
  if (most - next > weight * sureMargin) return 255
  let total = 0
  for (let label = first; label < labelCount; label++) total += Math.exp((sums[at + label * step]! - most) / weight)
  return Math.round(255 * (1 / total))
}
