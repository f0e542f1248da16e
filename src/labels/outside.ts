/** What lies around a body in a volume. */
import { release } from '../volume/release.ts'
import type { Shape } from '../volume/volume.ts'
import { connectedComponents } from './components.ts'

/** 1 where a voxel has the value and is joined to the edge of the volume by voxels that have it (by faces), else 0. */
export function outside(values: Uint8Array, shape: Shape, value: number): Uint8Array {
  const [nx, ny, nz] = shape
  const { ids, voxels } = connectedComponents(values, shape, [value], 6)
  const touchesEdge = new Uint8Array(voxels.length)
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        const isEdge = i === 0 || j === 0 || k === 0 || i === nx - 1 || j === ny - 1 || k === nz - 1
        if (isEdge && ids[at] !== 0) touchesEdge[ids[at]!] = 1
      }
  const isOutside = values.map((_, at) => touchesEdge[ids[at]!]!)
  release(ids)
  return isOutside
}
