/** What is marked in a box of voxels grows into what lies beside it. */
import type { Shape } from '../../../src/volume/volume.ts'

/** In place: by `steps` voxels (six neighbours a step) into what `mayEnter` lets it, which touches no face of the box. Returns what was entered. */
export function grow(
  marked: Uint8Array,
  [nx, ny]: Shape,
  steps: number,
  mayEnter: (voxel: number) => boolean,
): readonly number[] {
  const offsets = [-1, 1, -nx, nx, -nx * ny, nx * ny]
  const entered: number[] = []
  let front: number[] = []
  for (let v = 0; v < marked.length; v++) if (marked[v] === 1) front.push(v)
  for (let step = 0; step < steps; step++) {
    const next: number[] = []
    for (const v of front)
      for (const offset of offsets) {
        const w = v + offset
        if (marked[w] !== 0 || !mayEnter(w)) continue
        marked[w] = 1
        next.push(w)
      }
    for (const w of next) entered.push(w)
    front = next
  }
  return entered
}
