/**
 * A smooth random function of space: a coarse lattice of normal numbers under a uniform cubic B-spline (C²).
 * Read a row at a time: the lattice is first blended along z and y (once a row), then along x (four taps a voxel).
 */
import type { Random } from '../../compile/random.ts'

export interface SmoothField {
  /** Writes the values at (0..nx-1, j, k) into out. */
  readonly row: (j: number, k: number, out: Float32Array) => void
}

/** √(Σw²)³ averaged over a cell of the cubic B-spline is 0.33: the field is scaled by its inverse to unit spread. */
const UNIT_SPREAD = 1 / 0.33

interface Axis {
  /** First of the four lattice points that a voxel sees. */
  readonly first: Int32Array
  /** Their weights, four a voxel. */
  readonly weights: Float32Array
  readonly points: number
}

function splineAxis(voxels: number, spacingVoxels: number): Axis {
  const first = new Int32Array(voxels)
  const weights = new Float32Array(4 * voxels)
  for (let i = 0; i < voxels; i++) {
    const x = i / spacingVoxels
    const cell = Math.floor(x)
    const t = x - cell
    first[i] = cell
    weights.set(
      [(1 - t) ** 3 / 6, (3 * t ** 3 - 6 * t ** 2 + 4) / 6, (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6, t ** 3 / 6],
      4 * i,
    )
  }
  return { first, weights, points: Math.floor((voxels - 1) / spacingVoxels) + 4 }
}

/** A field of spread `amplitude` that changes over about `spacingVoxels`. */
export function smoothField(
  shape: readonly [nx: number, ny: number, nz: number],
  spacingVoxels: number,
  amplitude: number,
  random: Random,
): SmoothField {
  const [x, y, z] = [
    splineAxis(shape[0], spacingVoxels),
    splineAxis(shape[1], spacingVoxels),
    splineAxis(shape[2], spacingVoxels),
  ]
  const lattice = new Float32Array(x.points * y.points * z.points)
  for (let p = 0; p < lattice.length; p++) lattice[p] = random.normal() * amplitude * UNIT_SPREAD
  const line = new Float32Array(x.points)

  const row = (j: number, k: number, out: Float32Array): void => {
    line.fill(0)
    for (let c = 0; c < 4; c++) {
      for (let b = 0; b < 4; b++) {
        const weight = z.weights[4 * k + c]! * y.weights[4 * j + b]!
        const start = x.points * (y.first[j]! + b + y.points * (z.first[k]! + c))
        for (let p = 0; p < x.points; p++) line[p]! += weight * lattice[start + p]!
      }
    }
    const { first, weights } = x
    for (let i = 0, w = 0; i < shape[0]; i++, w += 4) {
      const p = first[i]!
      out[i] =
        weights[w]! * line[p]! +
        weights[w + 1]! * line[p + 1]! +
        weights[w + 2]! * line[p + 2]! +
        weights[w + 3]! * line[p + 3]!
    }
  }
  return { row }
}
