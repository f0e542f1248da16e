/** How sure the network was of what it called each label. */

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
  // most voxels are background
  let [backgroundSum, background] = [0, 0]
  for (let at = 0; at < found.length; at++) {
    const label = found[at]!
    if (label !== cleaned[at] || confidence[at] === 0) continue
    if (label === 0) {
      backgroundSum += confidence[at]!
      background++
      continue
    }
    sums[label]! += confidence[at]!
    voxels[label]! += 1
  }
  sums[0] = backgroundSum
  voxels[0] = background
  return Array.from({ length: labelCount }, (_, label) =>
    voxels[label] === 0 ? null : sums[label]! / (255 * voxels[label]!),
  )
}
