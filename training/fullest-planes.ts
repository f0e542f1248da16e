/** Where to cut a label map so that a picture shows what matters. */
import type { Shape } from '../src/volume/volume.ts'

/** Along i, j and k the index of the plane with the most voxels of these labels, the first of equals; null where there is none. */
export function fullestPlanes(map: Uint8Array, [nx, ny, nz]: Shape, labels: readonly number[]): Shape | null {
  const isWanted = Uint8Array.from({ length: 256 }, (_, label) => (labels.includes(label) ? 1 : 0))
  const [alongI, alongJ, alongK] = [new Int32Array(nx), new Int32Array(ny), new Int32Array(nz)]
  let at = 0
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        if (isWanted[map[at]!] === 0) continue
        alongI[i]!++
        alongJ[j]!++
        alongK[k]!++
      }
  const fullest = (voxels: Int32Array) => voxels.indexOf(Math.max(...voxels))
  if (!alongK.some((voxels) => voxels > 0)) return null
  return [fullest(alongI), fullest(alongJ), fullest(alongK)]
}
