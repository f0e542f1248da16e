/** How bright each label is in a channel. */
import { fourAtOnce, nextFilled } from '../volume/next-filled.ts'

export interface LabelMeans {
  /** By label value. */
  readonly voxels: readonly number[]
  /** Mean intensity by label value, NaN where it has no voxel; of the background, which nobody asks for, always. */
  readonly means: readonly number[]
}

/** `image` and `labels` are on one grid; values above `labelCount` − 1 do not occur. */
export function labelMeans(image: Float32Array, labels: Uint8Array, labelCount: number): LabelMeans {
  const sums = new Float64Array(256)
  const voxels = new Float64Array(256)
  const [words, end] = [fourAtOnce(labels), labels.length]
  let labelled = 0
  sums[0] = Number.NaN
  for (let at = 0; at < end; ) {
    at = nextFilled(labels, words, at, end)
    for (; at < end && labels[at] !== 0; at++) {
      const label = labels[at]!
      sums[label]! += image[at]!
      voxels[label]! += 1
      labelled++
    }
  }
  voxels[0] = end - labelled
  const values = Array.from({ length: labelCount }, (_, value) => value)
  return { voxels: values.map((value) => voxels[value]!), means: values.map((value) => sums[value]! / voxels[value]!) }
}
