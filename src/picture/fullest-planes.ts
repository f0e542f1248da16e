/** Where to cut a label map so that a picture shows what matters. */
import type { Shape } from '../volume/volume.ts'

/**
 * Along i, j and k the index of the plane with the most voxels of these values, the first of equals; null where there is none.
 * @param map labels, or numbers of components
 */
export function fullestPlanes(
  map: Uint8Array | Int32Array,
  [nx, ny, nz]: Shape,
  values: readonly number[],
): Shape | null {
  const isWanted = Uint8Array.from({ length: Math.max(0, ...values) + 1 }, (_, value) =>
    values.includes(value) ? 1 : 0,
  )
  const [alongI, alongJ, alongK] = [new Int32Array(nx), new Int32Array(ny), new Int32Array(nz)]
  let at = 0
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        if (isWanted[map[at]!] !== 1) continue
        alongI[i]!++
        alongJ[j]!++
        alongK[k]!++
      }
  const fullest = (voxels: Int32Array) => voxels.indexOf(Math.max(...voxels))
  if (!alongK.some((voxels) => voxels > 0)) return null
  return [fullest(alongI), fullest(alongJ), fullest(alongK)]
}
