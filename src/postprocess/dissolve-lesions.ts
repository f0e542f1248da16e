/** Lesions that are too small or too doubtful to be called so. */
import { connectedComponents } from '../labels/components.ts'
import type { FoundLabels } from '../network/sliding-window.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'

/**
 * In place. Components (26-connected) of one label below `minMl`, or whose mean confidence is below `minConfidence`, take the
 * label that most of the voxel pairs across their surface have on the other side, the lower value at a tie: a scrap of tumour
 * within oedema becomes oedema, not tissue.
 * Memory: 4 bytes a voxel, 12 a component, 4 for each voxel of the largest component that goes.
 */
export function dissolveLesions(labels: FoundLabels, lesion: number, minMl: number, minConfidence: number): void {
  const { data, affine, shape, confidence } = labels
  const { ids, voxels } = connectedComponents(data, shape, [lesion], 26)
  const voxelMl = voxelVolumeMl(affine)
  const sureness = new Float64Array(voxels.length)
  for (let at = 0; at < data.length; at++) sureness[ids[at]!]! += confidence[at]! / 255
  const goes = (id: number) => voxels[id]! * voxelMl < minMl || sureness[id]! < minConfidence * voxels[id]!
  let largest = 0
  for (let id = 1; id < voxels.length; id++) if (goes(id)) largest = Math.max(largest, voxels[id]!)
  const dissolve = dissolver(labels, ids, new Int32Array(largest))
  for (let at = 0; at < data.length; at++) if (ids[at] !== 0 && goes(ids[at]!)) dissolve(at)
  release(ids)
}

/**
 * A function that dissolves the component of a voxel, whose ids become 0. What it writes another component never sees:
 * between two components of one label there is always a voxel of another.
 * @param queue long enough for the voxels of every component that goes
 */
function dissolver({ data, shape: [nx, ny, nz] }: FoundLabels, ids: Int32Array, queue: Int32Array) {
  const around = new Uint32Array(256)
  return (first: number): void => {
    const lesion = data[first]!
    around.fill(0)
    let end = 0
    const enter = (at: number) => {
      ids[at] = 0
      queue[end++] = at
    }
    enter(first)
    for (let next = 0; next < end; next++) {
      const at = queue[next]!
      const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
      for (let z = Math.max(0, k - 1); z <= Math.min(nz - 1, k + 1); z++) {
        for (let y = Math.max(0, j - 1); y <= Math.min(ny - 1, j + 1); y++) {
          for (let x = Math.max(0, i - 1); x <= Math.min(nx - 1, i + 1); x++) {
            const other = x + nx * (y + ny * z)
            if (data[other] !== lesion) around[data[other]!]!++
            else if (ids[other] !== 0) enter(other)
          }
        }
      }
    }
    let value = 0
    for (let other = 1; other < around.length; other++) if (around[other]! > around[value]!) value = other
    for (let n = 0; n < end; n++) data[queue[n]!] = value
  }
}
