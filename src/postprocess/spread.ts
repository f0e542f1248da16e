/** Growth through a grid, step by step between voxels that share a face. */
import { fourAtOnce, nextFilled } from '../volume/next-filled.ts'
import { release } from '../volume/release.ts'
import type { Shape } from '../volume/volume.ts'

/** By value: all but 0. */
const NOT_ZERO = new Uint8Array(256).fill(1, 1)

/**
 * Grows what is not 0 in `values`, in place, through voxels that are 0 and may be entered, up to `steps` steps from where
 * it was; a voxel takes the value of the one that reaches it first.
 * Memory: a byte a voxel, and 4 for each that is entered or lies beside one that may be.
 * @param through a voxel may be entered by its value there
 * @param isOpen 1 for the values of `through` that may be entered, else 0
 * @returns how many voxels were entered
 */
export function spread(
  values: Uint8Array | Int32Array,
  shape: Shape,
  steps: number,
  through: Uint8Array,
  isOpen: Uint8Array = NOT_ZERO,
): number {
  if (steps < 1) return 0
  const [nx, ny, nz] = shape
  const plane = nx * ny
  const isFree = new Uint8Array(values.length)
  /** Of each row, where the first such voxel is, and past the last: none where the first is not before it. */
  const [freeFrom, freeTo] = [new Int32Array(ny * nz).fill(nx), new Int32Array(ny * nz)]
  let free = 0
  const words = isOpen[0] === 0 ? fourAtOnce(through) : null
  for (let row = 0, at = 0; row < freeTo.length; row++) {
    const rowEnd = (row + 1) * nx
    while (at < rowEnd) {
      // nearly everything is closed
      if (words !== null) at = nextFilled(through, words, at, rowEnd)
      for (; at < rowEnd && (words === null || through[at] !== 0); at++) {
        if (values[at] !== 0 || isOpen[through[at]!] === 0) continue
        isFree[at] = 1
        const i = at - rowEnd + nx
        if (i < freeFrom[row]!) freeFrom[row] = i
        freeTo[row] = i + 1
        free++
      }
    }
  }
  if (free === 0) return 0
  // where nothing on the faces of the volume may be entered, a neighbour beyond a face, which is a voxel of another, is not either
  const isClear = !isAnyOnFace(isFree, shape)
  const [lastI, lastJ, lastPlane] = [nx - 1, ny - 1, plane * (nz - 1)]
  // as long as it could ever be: what is entered, and the six beside each; pages of it that are never written take no memory
  const queue = new Int32Array(Math.min(values.length, 7 * free))
  let end = 0
  for (let k = 0, row = 0; k < nz; k++)
    for (let j = 0; j < ny; j++, row++) {
      // a voxel with room lies in the same column as one that is free in a row beside it, or beside one of its own row
      const isFreeRow = freeTo[row]! > 0
      const before = j > 0 ? row - 1 : row
      const behind = j < lastJ ? row + 1 : row
      const below = k > 0 ? row - ny : row
      const above = k < nz - 1 ? row + ny : row
      const own = isFreeRow ? freeFrom[row]! - 1 : nx
      const ownTo = isFreeRow ? freeTo[row]! + 1 : 0
      const from = Math.min(own, freeFrom[before]!, freeFrom[behind]!, freeFrom[below]!, freeFrom[above]!)
      const to = Math.max(ownTo, freeTo[before]!, freeTo[behind]!, freeTo[below]!, freeTo[above]!)
      for (let i = Math.max(0, from), at = row * nx + i; i < Math.min(nx, to); i++, at++) {
        if (values[at] === 0) continue
        // the six faces are written out here and below: one function for both took 1.2 to 1.4 times as long
        const hasRoom =
          (i > 0 && isFree[at - 1] === 1) ||
          (i < lastI && isFree[at + 1] === 1) ||
          (j > 0 && isFree[at - nx] === 1) ||
          (j < lastJ && isFree[at + nx] === 1) ||
          (k > 0 && isFree[at - plane] === 1) ||
          (at < lastPlane && isFree[at + plane] === 1)
        if (hasRoom) queue[end++] = at
      }
    }
  const begun = end
  for (let step = 1, next = 0; step <= steps && next < end; step++) {
    for (const endOfStep = end; next < endOfStep; next++) {
      const at = queue[next]!
      const value = values[at]!
      const i = isClear ? 1 : at % nx
      const j = isClear ? 1 : Math.floor(at / nx) % ny
      if (i > 0 && isFree[at - 1] === 1) {
        isFree[at - 1] = 0
        values[at - 1] = value
        queue[end++] = at - 1
      }
      if (i < lastI && isFree[at + 1] === 1) {
        isFree[at + 1] = 0
        values[at + 1] = value
        queue[end++] = at + 1
      }
      if (j > 0 && at >= nx && isFree[at - nx] === 1) {
        isFree[at - nx] = 0
        values[at - nx] = value
        queue[end++] = at - nx
      }
      if (j < lastJ && at + nx < values.length && isFree[at + nx] === 1) {
        isFree[at + nx] = 0
        values[at + nx] = value
        queue[end++] = at + nx
      }
      if (at >= plane && isFree[at - plane] === 1) {
        isFree[at - plane] = 0
        values[at - plane] = value
        queue[end++] = at - plane
      }
      if (at < lastPlane && isFree[at + plane] === 1) {
        isFree[at + plane] = 0
        values[at + plane] = value
        queue[end++] = at + plane
      }
    }
  }
  release(queue)
  release(isFree)
  return end - begun
}

function isAnyOnFace(mask: Uint8Array, [nx, ny, nz]: Shape): boolean {
  for (let k = 0, row = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, row += nx) {
      if (mask[row] === 1 || mask[row + nx - 1] === 1) return true
      if (k > 0 && k < nz - 1 && j > 0 && j < ny - 1) continue
      for (let i = 0; i < nx; i++) if (mask[row + i] === 1) return true
    }
  }
  return false
}
