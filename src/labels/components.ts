/**
 * Connected components of a mask in 3-D: runs along i are joined to the runs of the neighbouring rows (union-find over
 * runs, Wu, Otoo & Suzuki 2009), so the cost beyond one look at each voxel grows with the runs of the mask.
 */
import type { Shape } from '../volume/volume.ts'

/** Neighbours that share a face (6), a face or an edge (18), a face, an edge or a corner (26). */
export type Connectivity = 6 | 18 | 26

export interface Components {
  /** 0 outside the mask, 1 … count inside, numbered in storage order of their first voxels. */
  readonly ids: Int32Array
  /** voxels[id] is the size of component id; voxels[0] = 0. */
  readonly voxels: readonly number[]
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
 * Memory: 4 bytes a voxel for the ids, 12 a run, 4 a row.
 */
export function connectedComponents(
  labels: Uint8Array,
  shape: Shape,
  values: readonly number[],
  connectivity: Connectivity,
): Components {
  const wanted = new Uint8Array(256)
  for (const value of values) wanted[value] = 1
  const runs = findRuns(labels, shape, wanted)
  const parent = joinRuns(runs, shape, connectivity)
  const ids = new Int32Array(labels.length)
  const voxels = [0]
  // Roots come before the runs that point to them, so a root's number is known when it is needed.
  const number = new Int32Array(parent.length)
  for (let run = 0; run < parent.length; run++) {
    const root = find(parent, run)
    if (root === run) number[run] = voxels.push(0) - 1
    const id = number[root]!
    voxels[id]! += runs.end[run]! - runs.start[run]!
    ids.fill(id, runs.start[run]!, runs.end[run]!)
  }
  return { ids, voxels }
}

interface Runs {
  /** Storage offsets of the first voxel and the one after the last. */
  readonly start: Int32Array
  readonly end: Int32Array
  /** Row r (= j + ny·k) has runs first[r] … first[r + 1] − 1. */
  readonly first: Int32Array
}

function findRuns(labels: Uint8Array, [nx, ny, nz]: Shape, wanted: Uint8Array): Runs {
  const first = new Int32Array(ny * nz + 1)
  let count = 0
  for (let row = 0; row < ny * nz; row++) {
    let before = 0
    for (let at = row * nx; at < (row + 1) * nx; at++) {
      const now = wanted[labels[at]!]!
      if (now > before) count++
      before = now
    }
    first[row + 1] = count
  }
  const start = new Int32Array(count)
  const end = new Int32Array(count)
  for (let row = 0; row < ny * nz; row++) {
    let at = row * nx
    for (let run = first[row]!; run < first[row + 1]!; run++) {
      while (!wanted[labels[at]!]) at++
      start[run] = at
      while (at < (row + 1) * nx && wanted[labels[at]!]) at++
      end[run] = at
    }
  }
  return { start, end, first }
}

/** parent[run] ≤ run; the root of a component is its first run. */
function joinRuns({ start, end, first }: Runs, [nx, ny, nz]: Shape, connectivity: Connectivity): Int32Array {
  const parent = Int32Array.from({ length: start.length }, (_, run) => run)
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = j + ny * k
      for (const [dj, dk, reach] of NEIGHBOUR_ROWS[connectivity]) {
        if (j + dj < 0 || j + dj >= ny || k + dk < 0) continue
        const other = row + dj + ny * dk
        const shift = (row - other) * nx
        let theirs = first[other]!
        for (let ours = first[row]!; ours < first[row + 1]!; ours++) {
          while (theirs < first[other + 1]! && end[theirs]! + shift + reach <= start[ours]!) theirs++
          for (let at = theirs; at < first[other + 1]! && start[at]! + shift < end[ours]! + reach; at++) {
            join(parent, at, ours)
          }
        }
      }
    }
  }
  return parent
}

function find(parent: Int32Array, run: number): number {
  let root = run
  while (parent[root] !== root) root = parent[root]!
  for (let at = run; at !== root; ) {
    const next = parent[at]!
    parent[at] = root
    at = next
  }
  return root
}

function join(parent: Int32Array, a: number, b: number): void {
  const [rootA, rootB] = [find(parent, a), find(parent, b)]
  parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB)
}
