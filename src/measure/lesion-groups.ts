/** Which lesions of two maps of one head belong together. */
import type { Shape } from '../volume/volume.ts'

/** The group of each lesion of the one map and of the other, by their numbers. */
export interface Groups {
  readonly before: Int32Array
  readonly after: Int32Array
  readonly count: number
}

/**
 * Lesions that share a voxel belong together, and two that touch and have no other to belong to.
 * @param from and `to`: the number of each voxel's lesion, 1 …, 0 where there is none
 */
export function grouped(from: Int32Array, to: Int32Array, shape: Shape): Groups {
  const [countFrom, countTo] = [largest(from), largest(to)]
  // the lesions of the second map are numbered on after those of the first
  const parent = Int32Array.from({ length: countFrom + countTo + 1 }, (_, n) => n)
  const rootOf = (n: number): number => {
    let root = n
    while (parent[root] !== root) root = parent[root]!
    parent[n] = root
    return root
  }
  const isLinked = new Uint8Array(parent.length)
  const link = (a: number, b: number) => {
    const [one, other] = [rootOf(a), rootOf(countFrom + b)]
    parent[Math.max(one, other)] = Math.min(one, other)
  }
  for (let at = 0; at < from.length; at++) {
    if (from[at] === 0 || to[at] === 0) continue
    link(from[at]!, to[at]!)
    isLinked[from[at]!] = 1
    isLinked[countFrom + to[at]!] = 1
  }
  // two small lesions side by side, of which neither has another to belong to, are one that was laid a voxel off
  eachTouch(from, to, shape, (a, b) => {
    if (isLinked[a] === 0 && isLinked[countFrom + b] === 0) link(a, b)
  })
  const numbers = new Map<number, number>()
  const groupOf = (n: number): number => {
    const root = rootOf(n)
    if (!numbers.has(root)) numbers.set(root, numbers.size)
    return numbers.get(root)!
  }
  const before = Int32Array.from({ length: countFrom + 1 }, (_, n) => (n === 0 ? -1 : groupOf(n)))
  const after = Int32Array.from({ length: countTo + 1 }, (_, n) => (n === 0 ? -1 : groupOf(countFrom + n)))
  return { before, after, count: numbers.size }
}

function largest(ids: Int32Array): number {
  let most = 0
  for (const id of ids) if (id > most) most = id
  return most
}

/** Each pair of a lesion of the first map and one of the second in neighbouring voxels (26). */
function eachTouch(from: Int32Array, to: Int32Array, [nx, ny, nz]: Shape, found: (a: number, b: number) => void): void {
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        if (from[at] === 0) continue
        for (let z = Math.max(0, k - 1); z <= Math.min(nz - 1, k + 1); z++)
          for (let y = Math.max(0, j - 1); y <= Math.min(ny - 1, j + 1); y++)
            for (let x = Math.max(0, i - 1); x <= Math.min(nx - 1, i + 1); x++) {
              const other = to[x + nx * (y + ny * z)]!
              if (other !== 0) found(from[at]!, other)
            }
      }
}
