/**
 * A batch's sets of admissible classes as the arrays that the losses read, in terms of the network's output channels.
 *
 * The output channels are one or more heads, each a softmax over its own list of classes: one head in a joint network,
 * one per labelling protocol in a multi-head network, where a sample speaks to the head of its source only.
 */

/** Classes (training/data/label-sets.ts) of a head's channels, in order. */
export type HeadClasses = readonly number[]

export interface SampleSource {
  /** Bit mask of the classes that the sample's data set is labelled with. */
  readonly own: number
  /** Which head the sample's source trains. */
  readonly head: number
}

export interface LossTargets {
  /** [N, voxels, K]: 1 where the channel is in the voxel's set. */
  readonly admissible: Float32Array
  /** [N, voxels, K]: channel g is 1 where the voxel states the sample's group g. */
  readonly stated: Float32Array
  /** [N, K, K]: row g is 1 at the channels of group g. */
  readonly groups: Float32Array
  /** [N, K]: 1 at the channels of the sample's own labels. */
  readonly own: Float32Array
  /** [N, K]: 1 at the channels of the sample's head. */
  readonly ofHead: Float32Array
}

/** Number of output channels of a network with these heads. */
export function channelCount(heads: readonly HeadClasses[]): number {
  return heads.reduce((sum, classes) => sum + classes.length, 0)
}

/** Bit mask of classes → bit mask of output channels; classes that the head does not have are left out. */
export function channelsOf(classes: number, heads: readonly HeadClasses[], head: number): number {
  const offset = channelCount(heads.slice(0, head))
  return heads[head]!.reduce((mask, k, i) => mask | (((classes >> k) & 1) << (offset + i)), 0)
}

/**
 * The groups of a sample are the different sets it states, in the order in which they appear; the set of all labels is
 * no statement. A set that overlaps another in the same sample (the union of CSF and background, say) is left to the
 * cross-entropy: groups must not compete for a voxel.
 *
 * @param masks bit masks of classes, one a voxel of the batch
 * @throws where a voxel admits none of the head's classes
 */
export function lossTargets(
  masks: Uint8Array,
  samples: readonly SampleSource[],
  heads: readonly HeadClasses[],
): LossTargets {
  const channels = channelCount(heads)
  const batch = samples.length
  const voxels = masks.length / batch
  const admissible = new Float32Array(masks.length * channels)
  const stated = new Float32Array(masks.length * channels)
  const groups = new Float32Array(batch * channels * channels)
  const own = new Float32Array(batch * channels)
  const head = new Float32Array(batch * channels)
  for (const [n, sample] of samples.entries()) {
    const ofHead = heads[sample.head]!.reduce((mask, k) => mask | (1 << k), 0)
    const channelsOfSet = Array.from({ length: 256 }, (_, set) => channelsOf(set, heads, sample.head))
    const sets = masks.subarray(n * voxels, (n + 1) * voxels).map((mask) => mask & ofHead)
    if (sets.includes(0)) throw new Error(`a voxel admits none of the classes of head ${sample.head}`)
    const groupOf = groupsOf(sets, ofHead)
    const table = new Int8Array(256).fill(-1)
    for (const [set, group] of groupOf) {
      table[set] = group
      for (let k = 0; k < channels; k++) groups[(n * channels + group) * channels + k] = (channelsOfSet[set]! >> k) & 1
    }
    for (let k = 0; k < channels; k++) {
      own[n * channels + k] = (channelsOfSet[sample.own]! >> k) & 1
      head[n * channels + k] = (channelsOfSet[ofHead]! >> k) & 1
    }
    for (let voxel = 0; voxel < voxels; voxel++) {
      const set = sets[voxel]!
      const at = (n * voxels + voxel) * channels
      for (let k = 0, of = channelsOfSet[set]!; k < channels; k++, of >>= 1) admissible[at + k] = of & 1
      if (table[set]! >= 0) stated[at + table[set]!] = 1
    }
  }
  return { admissible, stated, groups, own, ofHead: head }
}

/** Set → group number. Sets are taken by how many voxels state them; one that overlaps a taken one is not a group. */
function groupsOf(sets: Uint8Array, all: number): ReadonlyMap<number, number> {
  const counts = new Uint32Array(256)
  for (const set of sets) counts[set]! += 1
  const different = [...counts.keys()].filter((set) => counts[set]! > 0 && set !== all)
  const groups = new Map<number, number>()
  let taken = 0
  for (const set of different.sort((a, b) => counts[b]! - counts[a]!)) {
    if ((set & taken) !== 0) continue
    groups.set(set, groups.size)
    taken |= set
  }
  return groups
}
