/** How far a lesion reaches: the box around it along the axes of the world, and its largest diameter. */
import { applyAffine, type Vector } from '../volume/affine.ts'
import type { Grid } from '../volume/volume.ts'

export interface Extent {
  /** The box around the faces of its voxels, RAS+ mm. */
  readonly boxMm: { readonly min: Vector; readonly max: Vector }
  /** Between the two centres of faces of its voxels that lie farthest from each other: 10 voxels of 1 mm in a row have 10 mm. */
  readonly diameterMm: number
}

/**
 * @param listOf the number of each voxel's lesion, 0 for none
 * @param count the largest number; every one of 1 … count is there
 * @returns by number − 1
 */
export function lesionExtents(listOf: Uint16Array, { shape: [nx, ny, nz], affine }: Grid, count: number): Extent[] {
  // Only the ends of each row of a lesion can lie on its hull: j, k, first i, last i, row after row.
  const rows = Array.from({ length: count }, (): number[] => [])
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        const n = listOf[at]!
        if (n === 0) continue
        const row = rows[n - 1]!
        if (row.at(-4) === j && row.at(-3) === k) row[row.length - 1] = i
        else row.push(j, k, i, i)
      }
  return rows.map((row) => extentOf(row, affine))
}

function extentOf(rows: readonly number[], affine: Grid['affine']): Extent {
  const [min, max] = [
    [Infinity, Infinity, Infinity],
    [-Infinity, -Infinity, -Infinity],
  ] as [number[], number[]]
  const half = ([0, 4, 8] as const).map((row) =>
    [0, 1, 2].reduce((sum, column) => sum + Math.abs(affine[row + column]!) / 2, 0),
  )
  // Centres of faces, by the plane k that they lie in.
  const planes = new Map<number, (readonly [i: number, j: number])[]>()
  const add = (i: number, j: number, k: number) => {
    const plane = planes.get(k)
    if (plane === undefined) planes.set(k, [[i, j]])
    else plane.push([i, j])
  }
  for (let at = 0; at < rows.length; at += 4) {
    const [j, k, first, last] = [rows[at]!, rows[at + 1]!, rows[at + 2]!, rows[at + 3]!]
    add(first - 0.5, j, k)
    add(last + 0.5, j, k)
    for (const i of [first, last]) {
      const centre = applyAffine(affine, i, j, k)
      for (const axis of [0, 1, 2] as const) {
        min[axis] = Math.min(min[axis]!, centre[axis] - half[axis]!)
        max[axis] = Math.max(max[axis]!, centre[axis] + half[axis]!)
      }
      for (const side of [-0.5, 0.5]) {
        add(i, j + side, k)
        add(i, j, k + side)
      }
    }
  }
  const corners = [...planes].flatMap(([k, points]) => hullOf(points).map(([i, j]) => applyAffine(affine, i, j, k)))
  return {
    boxMm: { min: min as unknown as Vector, max: max as unknown as Vector },
    diameterMm: farthestApart(corners),
  }
}

/** The corners of the convex hull of points in a plane (Andrew 1979); what is farthest apart is among them. */
function hullOf(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const sorted = points.toSorted(([i, j], [u, v]) => i - u || j - v)
  const chain = (along: typeof sorted): typeof sorted => {
    const kept: typeof sorted = []
    for (const point of along) {
      while (kept.length > 1 && turn(kept.at(-2)!, kept.at(-1)!, point) <= 0) kept.pop()
      kept.push(point)
    }
    return kept.slice(0, -1)
  }
  const corners = [...chain(sorted), ...chain(sorted.toReversed())]
  return corners.length === 0 ? sorted.slice(0, 1) : corners
}

function turn([i, j]: readonly [number, number], [u, v]: readonly [number, number], [x, y]: readonly [number, number]) {
  return (u - i) * (y - j) - (v - j) * (x - i)
}

function farthestApart(points: readonly Vector[]): number {
  let most = 0
  for (let a = 0; a < points.length; a++) {
    const [x, y, z] = points[a]!
    for (let b = a + 1; b < points.length; b++) {
      const [u, v, w] = points[b]!
      most = Math.max(most, (x - u) ** 2 + (y - v) ** 2 + (z - w) ** 2)
    }
  }
  return Math.sqrt(most)
}
