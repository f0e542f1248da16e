/**
 * Connected components of a mask in 3-D: runs along i are joined to the runs of the neighbouring rows (union-find over
 * runs, Wu, Otoo & Suzuki 2009). The trees of the union-find lie in the array that holds the numbers in the end. A map of
 * specks has as many runs as every second voxel: 6 bytes a voxel.
 */
import { release } from '../volume/release.ts'
import type { Shape } from '../volume/volume.ts'
import { type Runs, releaseRuns, runsOf } from './runs.ts'

/** Neighbours that share a face (6), a face or an edge (18), a face, an edge or a corner (26). */
export type Connectivity = 6 | 18 | 26

export interface Components {
  /** 0 outside the mask, 1 … count inside, numbered in storage order of their first voxels. */
  readonly ids: Int32Array
  /** voxels[id] is the size of component id; voxels[0] = 0. */
  readonly voxels: Int32Array
}

/** The same with a number for each run instead of one for each voxel. */
export interface ComponentRuns extends Runs {
  /** The component of each run. */
  readonly id: Int32Array
  readonly voxels: Int32Array
}

/** Rows before this one that touch it: their offsets in j and k, and how far a run reaches sideways (in i). */
const NEIGHBOUR_ROWS: Readonly<Record<Connectivity, readonly (readonly [dj: number, dk: number, reach: number])[]>> = {
  6: [
    [-1, 0, 0],
    [0, -1, 0],
  ],
  18: [
    [-1, 0, 1],
    [0, -1, 1],
    [-1, -1, 0],
    [1, -1, 0],
  ],
  26: [
    [-1, 0, 1],
    [0, -1, 1],
    [-1, -1, 1],
    [1, -1, 1],
  ],
}

/**
 * Components of the voxels whose label is one of `values`; different values that touch are one component.
 * Memory: 12 bytes a run, 4 a component for the sizes, 4 a row.
 */
export function componentRuns(
  labels: Uint8Array,
  shape: Shape,
  values: readonly number[],
  connectivity: Connectivity,
): ComponentRuns {
  const wanted = new Uint8Array(256)
  for (const value of values) wanted[value] = 1
  const runs = runsOf(labels, shape, wanted)
  const id = joinedRuns(runs, shape, NEIGHBOUR_ROWS[connectivity])
  const voxels = new Int32Array(numberRoots(id) + 1)
  for (let run = 0; run < runs.count; run++) voxels[id[run]!]! += runs.end[run]! - runs.start[run]!
  return { ...runs, id, voxels }
}

/** Gives back what they hold. */
export function releaseComponents(components: ComponentRuns): void {
  releaseRuns(components)
  release(components.id)
  release(components.voxels)
}

/**
 * As componentRuns(), with a number for each voxel.
 * Memory: 4 bytes a voxel for the ids, 4 a component for the sizes; 12 a run while it looks.
 */
export function connectedComponents(
  labels: Uint8Array,
  shape: Shape,
  values: readonly number[],
  connectivity: Connectivity,
): Components {
  const { count, start, end, id, ofRow, voxels } = componentRuns(labels, shape, values, connectivity)
  const ids = new Int32Array(labels.length)
  for (let run = 0; run < count; run++) ids.fill(id[run]!, start[run], end[run])
  for (const array of [start, end, id, ofRow]) release(array)
  return { ids, voxels }
}

/** The number of the component with the most voxels, the first of equals; 0 where there is none. */
export function largestComponent({ voxels }: Pick<Components, 'voxels'>): number {
  let largest = 0
  for (let id = 1; id < voxels.length; id++) if (voxels[id]! > voxels[largest]!) largest = id
  return largest
}

/** For each run, a run of the same component that is never a later one; the first run of a component, its root, names itself. */
function joinedRuns(
  { count, start, end, ofRow }: Runs,
  [nx, ny, nz]: Shape,
  neighbours: (typeof NEIGHBOUR_ROWS)[Connectivity],
): Int32Array {
  const links = new Int32Array(count)
  for (let k = 0, row = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, row++) {
      const [first, last] = [ofRow[row]!, ofRow[row + 1]!]
      for (let run = first; run < last; run++) links[run] = run
      if (first === last) continue
      for (const [dj, dk, reach] of neighbours) {
        if (j + dj < 0 || j + dj >= ny || k + dk < 0) continue
        const step = dj + ny * dk
        const across = -step * nx
        const otherLast = ofRow[row + step + 1]!
        // both rows from left to right: what ends before a run begins touches no later one
        for (let run = first, other = ofRow[row + step]!; run < last; run++) {
          const from = start[run]! - reach
          const to = end[run]! + reach
          while (other < otherLast && end[other]! + across <= from) other++
          for (let at = other; at < otherLast && start[at]! + across < to; at++) join(links, at, run)
        }
      }
    }
  }
  return links
}

/** Links become numbers of components; roots come before what leads to them. */
function numberRoots(links: Int32Array): number {
  let count = 0
  for (let run = 0; run < links.length; run++) {
    const link = links[run]!
    links[run] = link === run ? ++count : links[link]!
  }
  return count
}

function rootOf(links: Int32Array, run: number): number {
  let root = run
  while (links[root] !== root) root = links[root]!
  for (let at = run; at !== root; ) {
    const next = links[at]!
    links[at] = root
    at = next
  }
  return root
}

function join(links: Int32Array, a: number, b: number): void {
  const rootA = rootOf(links, a)
  const rootB = rootOf(links, b)
  if (rootA < rootB) links[rootB] = rootA
  else links[rootA] = rootB
}
