/**
 * Logits of the z planes that the patches of one layer touch: a ring in which plane z lies at z mod patchDepth.
 * The sum of weighted logits is kept, not their mean: dividing every label by the same weight does not move the argmax.
 */
import { ZONE } from '../preprocess/known-brain.ts'
import type { FilledRows } from '../volume/filled-rows.ts'
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
  /** Where the label is 0, the background: the same two if there were no such label; 0 elsewhere. */
  readonly inBrain?: { readonly labels: Uint8Array; readonly confidence: Uint8Array }
  /** That is asked of the brain alone (ZONE of known-brain.ts); absent: of all. */
  readonly zones?: Uint8Array | undefined
}

/** Bytes that a ring holds, for the memory formula of the README. */
export function planeRingBytes(shape: Shape, patchDepth: number, labelCount: number): number {
  return 4 * Math.min(patchDepth, shape[2]) * shape[1] * shape[0] * labelCount
}

/**
 * min(patchDepth, nz) planes of zeros. `weightSums` along x, y, z (blend.ts) turn a sum of logits into their mean, of
 * which the probability is taken. Patches come in z order; a
 * plane is decided before its place is used again.
 * @param rows nothing is summed or decided beyond them; absent: they are as long as the grid
 * @param logitShift added to the mean logit of each label; left out, nothing is
 */
export function planeRing(
  [nx, ny, nz]: Shape,
  [w, h, d]: Triple<number>,
  labelCount: number,
  [xWeights, yWeights, zWeights]: Triple<Float32Array>,
  [xSums, ySums, zSums]: Triple<Float64Array>,
  { logitShift, rows }: { readonly logitShift?: readonly number[] | undefined; readonly rows?: FilledRows } = {},
): PlaneRing {
  if (logitShift !== undefined && logitShift.length !== labelCount)
    throw new Error(`the card shifts ${logitShift.length} logits; the model has ${labelCount} labels`)
  const depth = Math.min(d, nz)
  const planeVoxels = ny * nx
  const shifts = Float64Array.from({ length: labelCount }, (_, label) => logitShift?.[label] ?? 0)
  /** The weights of the voxels of one row. */
  const weights = new Float64Array(nx)
  const planeLength = planeVoxels * labelCount
  const sums = new Float32Array(planeRingBytes([nx, ny, nz], d, labelCount) / 4) // [depth, K, ny, nx]
  const whole = [0, nx] as const
  const spanOf = (row: number): readonly [number, number] =>
    rows ? [rows.startOf(row * nx), rows.endOf(row * nx)] : whole

  /**
   * Labels from `first` on: at voxel `to` and those behind it the likeliest, the lowest at a tie, and its probability, the
   * softmax at the largest of the logits sums / weight, 1 / Σ exp(l − l_largest).
   * @param span where the row begins and ends
   * @param where only voxels that are 0 in its labels, and brain in its zones
   */
  function decideRow(
    plane: Float32Array,
    at: number,
    first: number,
    { labels, confidence }: Pick<Decided, 'labels' | 'confidence'>,
    to: number,
    span: readonly [number, number],
    where: Pick<Decided, 'labels' | 'zones'> | null = null,
  ): void {
    const sureMargin = sureMarginTo(labelCount - first - 1)
    const end = labelCount * planeVoxels
    for (let x = span[0]; x < span[1]; x++) {
      if (where !== null && where.labels[to + x] !== 0) continue
      if (where?.zones !== undefined && where.zones[to + x] !== ZONE.brain) continue
      const weight = weights[x]!
      const start = first * planeVoxels + at + x
      let best = first
      let most = plane[start]! + weight * shifts[first]!
      let next = Number.NEGATIVE_INFINITY
      for (let own = start + planeVoxels, label = first + 1; own < end; own += planeVoxels, label++) {
        const sum = plane[own]! + weight * shifts[label]!
        if (sum > most) {
          next = most
          most = sum
          best = label
        } else if (sum > next) next = sum
      }
      labels[to + x] = best
      if (most - next > weight * sureMargin) {
        confidence[to + x] = 255
        continue
      }
      let total = 0
      for (let own = start, label = first; own < end; own += planeVoxels, label++)
        total += expOfMinus((most - plane[own]!) / weight - shifts[label]!)
      confidence[to + x] = Math.round(255 / total)
    }
  }

  return {
    add(logits, x, y, z) {
      if (logits.length !== d * h * w * labelCount) {
        throw new Error(
          `the engine gave ${logits.length} logits for a patch of ${d}×${h}×${w} and ${labelCount} labels`,
        )
      }
      const rowWeights = new Float64Array(w)
      for (let k = Math.max(0, -z); k < d && z + k < nz; k++) {
        for (let j = Math.max(0, -y); j < h && y + j < ny; j++) {
          const [rowFirst, rowEnd] = spanOf((z + k) * ny + y + j)
          const rowStart = Math.max(0, rowFirst - x)
          const rowLength = Math.min(w, rowEnd - x) - rowStart
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
    decide({ inBrain, ...all }, from, to) {
      for (let z = from; z < Math.min(nz, to); z++) {
        const plane = sums.subarray((z % depth) * planeLength, (z % depth) * planeLength + planeLength)
        for (let y = 0; y < ny; y++) {
          const rowWeight = zSums[z]! * ySums[y]!
          const span = spanOf(z * ny + y)
          for (let x = span[0]; x < span[1]; x++) weights[x] = rowWeight * xSums[x]!
          const [at, voxel] = [y * nx, (z * ny + y) * nx]
          decideRow(plane, at, 0, all, voxel, span)
          if (inBrain) decideRow(plane, at, 1, inBrain, voxel, span, all)
        }
        // its place is another plane's, if there is one so far on
        if (z + depth < nz) plane.fill(0)
      }
    },
    release: () => release(sums),
  }
}

/** Steps of the table in one unit, and where it ends: exp(−26) is 5e-12, far from what moves a byte. */
const [STEPS, LAST] = [256, 26]
const TABLE = Float64Array.from({ length: STEPS * LAST + 2 }, (_, step) => Math.exp(-step / STEPS))

/** exp(−x) for x ≥ 0 (1 below it), to 2e-6 of itself: on a straight line between the values of a table, which is faster than exp(). */
function expOfMinus(x: number): number {
  if (x >= LAST) return 0
  // of the largest itself, but for rounding
  if (x <= 0) return 1
  const place = x * STEPS
  const step = Math.floor(place)
  const low = TABLE[step]!
  return low + (place - step) * (TABLE[step + 1]! - low)
}

/**
 * How far a logit must be ahead of `others` more to be 255 of 255: where their share, at most others · exp(−margin), is below
 * 1/509, 1 / (1 + share) > 254.5 / 255.
 */
function sureMarginTo(others: number): number {
  return Math.log(509 * others)
}
