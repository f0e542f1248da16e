/** A batch's bit masks of admissible labels as the arrays that the losses read. */
export interface LossTargets {
  /** [N, voxels, K]: 1 where the label is in the voxel's set. */
  readonly admissible: Float32Array
  /** [N, voxels, K]: channel g is 1 where the voxel states the sample's group g. */
  readonly stated: Float32Array
  /** [N, K, K]: row g is 1 at the labels of group g. */
  readonly groups: Float32Array
}

/**
 * The groups of a sample are the different sets it states, in the order in which they appear; the set of all labels is
 * no statement. A set that overlaps another in the same sample (the union of CSF and background, say) is left to the
 * cross-entropy: groups must not compete for a voxel.
 */
export function lossTargets(masks: Uint8Array, batch: number, labels: number): LossTargets {
  const voxels = masks.length / batch
  const admissible = new Float32Array(masks.length * labels)
  const stated = new Float32Array(masks.length * labels)
  const groups = new Float32Array(batch * labels * labels)
  for (let sample = 0; sample < batch; sample++) {
    const groupOf = groupsOf(masks.subarray(sample * voxels, (sample + 1) * voxels), labels)
    for (const [mask, group] of groupOf) {
      for (let k = 0; k < labels; k++) groups[(sample * labels + group) * labels + k] = (mask >> k) & 1
    }
    const table = new Int8Array(256).fill(-1)
    for (const [mask, group] of groupOf) table[mask] = group
    for (let voxel = sample * voxels; voxel < (sample + 1) * voxels; voxel++) {
      const mask = masks[voxel]!
      for (let k = 0, at = voxel * labels; k < labels; k++, at++) admissible[at] = (mask >> k) & 1
      if (table[mask]! >= 0) stated[voxel * labels + table[mask]!] = 1
    }
  }
  return { admissible, stated, groups }
}

/** Mask → group number. Sets are taken by how many voxels state them; one that overlaps a taken one is not a group. */
function groupsOf(masks: Uint8Array, labels: number): ReadonlyMap<number, number> {
  const counts = new Uint32Array(256)
  for (const mask of masks) counts[mask]! += 1
  const all = (1 << labels) - 1
  const sets = [...counts.keys()].filter((mask) => counts[mask]! > 0 && mask !== all)
  const groups = new Map<number, number>()
  let taken = 0
  for (const mask of sets.sort((a, b) => counts[b]! - counts[a]!)) {
    if ((mask & taken) !== 0) continue
    groups.set(mask, groups.size)
    taken |= mask
  }
  return groups
}
