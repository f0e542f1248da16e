/**
 * A batch's sets of admissible classes as what the losses read, in terms of the network's output channels.
 *
 * The output channels are one or more heads, each a softmax over its own list of classes: one head in a joint network,
 * one per labelling protocol in a multi-head network, where a sample speaks to the head of its source only.
 */
import * as tf from '@tensorflow/tfjs-core'

/** Classes (training/method/label-sets.ts) of a head's channels, in order. */
export type HeadClasses = readonly number[]

export interface SampleSource {
  /** Bit mask of the classes that the sample's data set is labelled with. */
  readonly own: number
  /** Which head the sample's source trains. */
  readonly head: number
}

/** A number a voxel for the step to feed on: a channel of zeros and ones each would be most of what is fed. */
export interface LossTargets {
  /** [N, voxels]: bit mask of the channels in the voxel's set. */
  readonly sets: Float32Array<ArrayBuffer>
  /** [N, voxels]: number of the sample's group that the voxel states, −1 where it states none. */
  readonly statedGroup: Float32Array<ArrayBuffer>
  /** [N, K, K]: row g is 1 at the channels of group g. */
  readonly groups: Float32Array
  /** [N, K]: 1 at the channels of the sample's own labels. */
  readonly own: Float32Array
  /** [N, K]: 1 at the channels of the sample's head. */
  readonly ofHead: Float32Array
}

/** The shapes of the targets of a batch over [N, ...space] voxels. */
export function targetShapes(box: readonly number[], channels: number): Record<keyof LossTargets, number[]> {
  const n = box[0]!
  return {
    sets: [...box, 1],
    statedGroup: [...box, 1],
    groups: [n, channels, channels],
    own: [n, channels],
    ofHead: [n, channels],
  }
}

/** What the losses read; groups, own and ofHead as in LossTargets. */
export interface TargetTensors extends Readonly<Record<'groups' | 'own' | 'ofHead', tf.Tensor>> {
  /** [N, ...space, K]: 1 where the channel is in the voxel's set. */
  readonly admissible: tf.Tensor
  /** [N, ...space, K]: channel g is 1 where the voxel states the sample's group g. */
  readonly stated: tf.Tensor
}

/** Sets are exact as float32 up to here. */
const MOST_CHANNELS = 24

/** LossTargets as tensors, sets and statedGroup [N, ...space, 1] → a channel each. */
export function targetTensors({
  sets,
  statedGroup,
  ...others
}: Readonly<Record<keyof LossTargets, tf.Tensor>>): TargetTensors {
  const channels = others.own.shape[1]!
  const halved = (times: number) =>
    tf.floor(tf.mul(sets, tf.tensor1d(Array.from({ length: channels }, (_, k) => 2 ** -(k + times)))))
  const admissible = tf.sub(halved(0), tf.mul(halved(1), 2))
  const stated = tf.cast(tf.equal(statedGroup, tf.range(0, channels)), 'float32')
  return { ...others, admissible, stated }
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
 * @throws where a voxel admits none of the head's classes, or there are too many channels
 */
export function lossTargets(
  masks: Uint8Array,
  samples: readonly SampleSource[],
  heads: readonly HeadClasses[],
): LossTargets {
  const channels = channelCount(heads)
  if (channels > MOST_CHANNELS) throw new Error(`${channels} output channels; at most ${MOST_CHANNELS} are possible`)
  const batch = samples.length
  const voxels = masks.length / batch
  const channelSets = new Float32Array(masks.length)
  const statedGroup = new Float32Array(masks.length)
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
      channelSets[n * voxels + voxel] = channelsOfSet[set]!
      statedGroup[n * voxels + voxel] = table[set]!
    }
  }
  return { sets: channelSets, statedGroup, groups, own, ofHead: head }
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
