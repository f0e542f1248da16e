/** The joint label map of a method: each head's own label map by segment(), lesions overwriting tissue. */
import { segment } from '../../src/inference/segment.ts'
import type { Engine } from '../../src/network/engine.ts'
import type { LabelVolume, Volume } from '../../src/volume/volume.ts'
import { BACKGROUND } from '../method/label-sets.ts'
import { channelCount, type HeadClasses } from '../method/losses/targets.ts'
import { labelsOf, type Network } from './methods.ts'

export interface OpenNetwork extends Network {
  readonly engine: Engine
}

/** The engine's logits cut to the channels of one head. */
function headEngine(engine: Engine, heads: readonly HeadClasses[], head: number): Engine {
  if (heads.length === 1) return engine
  const [all, offset, own] = [channelCount(heads), channelCount(heads.slice(0, head)), heads[head]!.length]
  return async (input, shape) => {
    const logits = await engine(input, shape)
    const voxels = logits.length / all
    return logits.slice(offset * voxels, (offset + own) * voxels)
  }
}

/** Values of the result are places in `joint`, the classes of the joint label map. */
export async function predict(
  networks: readonly OpenNetwork[],
  scans: ReadonlyMap<string, Volume<'scan'>>,
  joint: readonly number[],
): Promise<LabelVolume> {
  let result: LabelVolume | undefined
  for (const { recipe, heads, engine } of networks) {
    for (const [head, classes] of heads.entries()) {
      const pipeline = { ...recipe, labels: labelsOf(classes) }
      const { labels } = await segment(scans, pipeline, headEngine(engine, heads, head))
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
