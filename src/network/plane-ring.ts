/**
 * Logits of the z planes that the patches of one layer touch: a ring in which plane z lies at z mod patchDepth.
 * The sum of weighted logits is kept, not their mean: dividing every label by the same weight does not move the argmax.
 */
import type { FilledRows } from '../volume/filled-rows.ts'
import { release } from '../volume/release.ts'
import type { Shape } from '../volume/volume.ts'
import type { Decided, DecideRow } from './decide-row.ts'
import { planeRingBytes } from './held-logits.ts'
import type { LogitSink } from './logit-sink.ts'

type Triple<T> = readonly [T, T, T]

export interface PlaneRingSpec {
  readonly shape: Shape
  readonly patchVoxels: Triple<number>
  /** Where patches begin, x, y, z, in z order. */
  readonly starts: readonly Triple<number>[]
  readonly labelCount: number
  /** Along x, y, z of a patch (blend.ts). */
  readonly weights: Triple<Float32Array>
  /** Along x, y, z of the grid (blend.ts): they turn a sum of logits into their mean, of which the probability is taken. */
  readonly weightSums: Triple<Float64Array>
  /** Nothing is summed or decided beyond them; absent: they are as long as the grid. */
  readonly rows?: FilledRows | undefined
}

/** min(patchDepth, nz) planes of zeros. A plane is decided before its place is used again. */
export function planeRing(
  { shape: [nx, ny, nz], patchVoxels: [w, h, d], starts, labelCount, weights, weightSums, rows }: PlaneRingSpec,
  decideRow: DecideRow,
  found: Decided,
): LogitSink {
  const [xWeights, yWeights, zWeights] = weights
  const [xSums, ySums, zSums] = weightSums
  const depth = Math.min(d, nz)
  const planeVoxels = ny * nx
  /** The weights of the voxels of one row. */
  const rowSums = new Float64Array(nx)
  const planeLength = planeVoxels * labelCount
  const sums = new Float32Array(planeRingBytes([nx, ny, nz], d, labelCount) / 4) // [depth, K, ny, nx]
  const whole = [0, nx] as const
  const spanOf = (row: number): readonly [number, number] =>
    rows ? [rows.startOf(row * nx), rows.endOf(row * nx)] : whole

  /** Decides planes [from, to), which no later patch touches. */
  function finish(from: number, to: number): void {
    for (let z = from; z < Math.min(nz, to); z++) {
      const plane = sums.subarray((z % depth) * planeLength, (z % depth) * planeLength + planeLength)
      for (let y = 0; y < ny; y++) {
        const rowWeight = zSums[z]! * ySums[y]!
        const [first, end] = spanOf(z * ny + y)
        for (let x = first; x < end; x++) rowSums[x] = rowWeight * xSums[x]!
        const row = { logits: plane, at: y * nx, stride: planeVoxels, weights: rowSums }
        decideRow(row, found, (z * ny + y) * nx, first, end)
      }
      // its place is another plane's, if there is one so far on
      if (z + depth < nz) plane.fill(0)
    }
  }

  return {
    add(logits, at) {
      const [x, y, z] = starts[at]!
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
      const next = starts[at + 1]?.[2] ?? nz
      if (next !== z) finish(Math.max(0, z), Math.max(0, next))
    },
    release: () => release(sums),
  }
}
