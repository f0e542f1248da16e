/** The joint label map of a method: the label maps that are read off it by segment(), lesions overwriting tissue. */
import { segment } from '../../src/inference/segment.ts'
import type { Engine } from '../../src/network/engine.ts'
import type { LabelVolume, Volume } from '../../src/volume/volume.ts'
import { BACKGROUND } from '../method/label-sets.ts'
import { channelCount } from '../method/losses/targets.ts'
import { labelsOf, type Network } from './methods.ts'

export interface OpenNetwork extends Network {
  readonly engine: Engine
}

/** Of the engine's logits those of some channels, in their order. */
function pick(engine: Engine, all: number, channels: readonly number[]): Engine {
  return async (input, shape) => {
    const logits = await engine(input, shape)
    const voxels = logits.length / all
    const picked = new Float32Array(channels.length * voxels)
    for (const [at, channel] of channels.entries())
      picked.set(logits.subarray(channel * voxels, (channel + 1) * voxels), at * voxels)
    return picked
  }
}

/** Values of the result are places in `joint`, the classes of the joint label map. */
export async function predict(
  networks: readonly OpenNetwork[],
  scans: ReadonlyMap<string, Volume<'scan'>>,
  joint: readonly number[],
): Promise<LabelVolume> {
  let result: LabelVolume | undefined
  for (const { recipe, heads, reads, engine } of networks) {
    for (const { classes, channels } of reads) {
      const pipeline = { ...recipe, labels: labelsOf(classes) }
      const { labels } = await segment(scans, pipeline, pick(engine, channelCount(heads), channels))
      const toJoint = classes.map((k) => joint.indexOf(k))
      const found = labels.data.map((value) => toJoint[value]!)
      const before = result
      const data =
        before === undefined ? found : found.map((value, v) => (value === BACKGROUND ? before.data[v]! : value))
      result = { ...labels, data }
    }
  }
  return result!
}
