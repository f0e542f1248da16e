/** How sure the network was of what it called each label. */
import { fourAtOnce, nextFilled } from '../volume/next-filled.ts'

/**
 * Mean probability (0 … 1) of each label 0 … labelCount − 1 over its voxels, null where it has none. Voxels that
 * `cleaned` calls otherwise than `found` are left out: their probability is that of a label they no longer have.
 * `confidence` is 0 … 255 for 0 … 1, and 0 where nobody looked, which is left out too; all three are on one grid.
 */
export function meanConfidence(
  found: Uint8Array,
  cleaned: Uint8Array,
  confidence: Uint8Array,
  labelCount: number,
): (number | null)[] {
  const sums = new Float64Array(256)
  const voxels = new Float64Array(256)
  const [words, end] = [fourAtOnce(confidence), found.length]
  for (let at = 0; at < end; ) {
    at = nextFilled(confidence, words, at, end)
    for (; at < end && confidence[at] !== 0; at++) {
      const label = found[at]!
      if (label !== cleaned[at]) continue
      sums[label]! += confidence[at]!
      voxels[label]! += 1
    }
  }
  return Array.from({ length: labelCount }, (_, label) =>
    voxels[label] === 0 ? null : sums[label]! / (255 * voxels[label]!),
  )
}

/**
 * Mean probability (0 … 1) over the voxels of each lesion, by its number − 1.
 * @param listOf the number of each voxel's lesion, 0 for none; every one of 1 … count is there
 * @param confidence 0 … 255 for 0 … 1, on the same grid
 */
export function lesionConfidence(listOf: Uint16Array, confidence: Uint8Array, count: number): number[] {
  const sums = new Float64Array(count + 1)
  const voxels = new Float64Array(count + 1)
  for (let at = 0; at < listOf.length; at++) {
    sums[listOf[at]!]! += confidence[at]!
    voxels[listOf[at]!]! += 1
  }
  return Array.from({ length: count }, (_, n) => sums[n + 1]! / (255 * voxels[n + 1]!))
}
