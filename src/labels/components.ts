/**
 * Connected components of a mask in 3-D: runs along i are joined to the runs of the neighbouring rows (union-find over
 * runs, Wu, Otoo & Suzuki 2009). The trees of the union-find lie in the array that holds the numbers in the end, so a
 * map of millions of specks takes no more memory than one of a single solid.
 */
import type { Shape } from '../volume/volume.ts'

/** Neighbours that share a face (6), a face or an edge (18), a face, an edge or a corner (26). */
export type Connectivity = 6 | 18 | 26

export interface Components {
  /** 0 outside the mask, 1 … count inside, numbered in storage order of their first voxels. */
  readonly ids: Int32Array
  /** voxels[id] is the size of component id; voxels[0] = 0. */
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
 * Memory: 4 bytes a voxel for the ids, 4 a component for the sizes.
 */
export function connectedComponents(
  labels: Uint8Array,
  shape: Shape,
  values: readonly number[],
  connectivity: Connectivity,
): Components {
  const wanted = new Uint8Array(256)
  for (const value of values) wanted[value] = 1
  const ids = joinRuns(labels, shape, wanted, NEIGHBOUR_ROWS[connectivity])
  const count = numberRoots(ids)
  const voxels = new Int32Array(count + 1)
  for (let at = 0; at < ids.length; at++) {
    if (ids[at] === 0) continue
    ids[at] = -ids[at]!
    voxels[ids[at]!]! += 1
  }
  return { ids, voxels }
}

/** The number of the component with the most voxels, the first of equals; 0 where there is none. */
export function largestComponent({ voxels }: Pick<Components, 'voxels'>): number {
  let largest = 0
  for (let id = 1; id < voxels.length; id++) if (voxels[id]! > voxels[largest]!) largest = id
  return largest
}

/**
 * 0 outside the mask; inside 1 + the place of a voxel of the same component, which is never a later one. The first voxel of
 * a component, its root, names itself; the others of a run name its first.
 */
function joinRuns(
  labels: Uint8Array,
  [nx, ny, nz]: Shape,
  wanted: Uint8Array,
  neighbours: (typeof NEIGHBOUR_ROWS)[Connectivity],
): Int32Array {
  const links = new Int32Array(labels.length)
  for (let k = 0, row = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, row += nx) {
      for (let start = 0, end = 0; start < nx; start = end + 1) {
        while (start < nx && wanted[labels[row + start]!] === 0) start++
        for (end = start; end < nx && wanted[labels[row + end]!] === 1; end++) links[row + end] = row + start + 1
        if (start === end) continue
        for (const [dj, dk, reach] of neighbours) {
          if (j + dj < 0 || j + dj >= ny || k + dk < 0) continue
          const other = row + nx * (dj + ny * dk)
          const last = other + Math.min(nx, end + reach)
          for (let at = other + Math.max(0, start - reach), before = 0; at < last; at++) {
            if (links[at] !== 0 && before === 0) join(links, at, row + start)
            before = links[at]!
          }
        }
      }
    }
  }
  return links
}

/** Links become numbers of components, below 0 so that they are told from links; roots come before what leads to them. */
function numberRoots(links: Int32Array): number {
  let count = 0
  for (let at = 0; at < links.length; at++) {
    const link = links[at]!
    if (link === 0) continue
    links[at] = link === at + 1 ? -++count : links[link - 1]!
  }
  return count
}

function rootOf(links: Int32Array, voxel: number): number {
  let root = voxel
  while (links[root] !== root + 1) root = links[root]! - 1
  for (let at = voxel; at !== root; ) {
    const next = links[at]! - 1
    links[at] = root + 1
    at = next
  }
  return root
}

function join(links: Int32Array, a: number, b: number): void {
  const [rootA, rootB] = [rootOf(links, a), rootOf(links, b)]
  links[Math.max(rootA, rootB)] = Math.min(rootA, rootB) + 1
}
