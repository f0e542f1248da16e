/** Growth through a grid, step by step between voxels that share a face. */
import type { Shape } from '../volume/volume.ts'

/**
 * Grows what is not 0 in `values`, in place, through voxels that are 0 and may be entered, up to `steps` steps from where
 * it was; a voxel takes the value of the one that reaches it first.
 */
export function spread(
  values: Uint8Array | Int32Array,
  [nx, ny, nz]: Shape,
  steps: number,
  mayEnter: (at: number) => boolean,
): void {
  const plane = nx * ny
  let front: number[] = []
  const enter = (at: number, value: number) => {
    if (values[at] === 0 && mayEnter(at)) {
      values[at] = value
      front.push(at)
    }
  }
  const leave = (at: number, value: number) => {
    const i = at % nx
    const j = Math.floor(at / nx) % ny
    if (i > 0) enter(at - 1, value)
    if (i < nx - 1) enter(at + 1, value)
    if (j > 0) enter(at - nx, value)
    if (j < ny - 1) enter(at + nx, value)
    if (at >= plane) enter(at - plane, value)
    if (at < plane * (nz - 1)) enter(at + plane, value)
  }
  let from: Iterable<number> = indicesOf(values)
  for (let step = 1; step <= steps; step++) {
    front = []
    for (const at of from) leave(at, values[at]!)
    if (front.length === 0) return
    from = front
  }
}

function indicesOf(values: Uint8Array | Int32Array): Int32Array {
  let voxels = 0
  for (let at = 0; at < values.length; at++) if (values[at] !== 0) voxels++
  const indices = new Int32Array(voxels)
  for (let at = 0, n = 0; at < values.length; at++) if (values[at] !== 0) indices[n++] = at
  return indices
}
