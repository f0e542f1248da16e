/** From a network whose norms go by the patch to one whose filters hold mean and deviation (method/unet.ts, `norm`). */
import * as tf from '@tensorflow/tfjs-core'
import { type LayersModel, model as modelFrom, type SymbolicTensor } from '@tensorflow/tfjs-layers'
import { EPSILON, InstanceNorm3D } from '../compile/layers/instance-norm.ts'
import { float32, openRuntime } from '../compile/runtime.ts'
import { trace } from '../compile/trace/trace.ts'
import type { TrainingState } from '../method/step.ts'
import { weightsOf } from './network.ts'

/** [N, D, H, W, C] without N: the axes that a norm goes over. */
const SPACE = [1, 2, 3]

/** A norm, the convolution before it, and the moments of each channel between them, on the mean of the patches. */
interface Seen {
  readonly norm: string
  readonly conv: string
  readonly mean: Float32Array
  /** Within a patch. */
  readonly variance: Float32Array
}

/**
 * The weights of `normed`, by name, for the same network with fixed norms: with the moments that its norms see on `patches` on average,
 * γ · (x − mean) / √(var + ε) + β becomes part of the convolution that gives x.
 * @param patches [N, D, H, W, C] each, of the size that the network takes
 */
export async function fixNorms(
  normed: LayersModel,
  patches: readonly Float32Array[],
  threads?: number,
): Promise<TrainingState> {
  const weights = new Map(Object.entries(weightsOf(normed)))
  for (const { norm, conv, mean, variance } of await watchNorms(normed, patches, threads)) {
    const [gamma, beta, kernel] = [`${norm}/gamma`, `${norm}/beta`, `${conv}/kernel`].map((name) => weights.get(name)!)
    const scale = gamma!.map((value, channel) => value / Math.sqrt(variance[channel]! + EPSILON))
    weights.set(
      `${conv}/kernel`,
      kernel!.map((value, at) => value * scale[at % scale.length]!),
    )
    weights.set(
      `${conv}/bias`,
      beta!.map((value, channel) => value - mean[channel]! * scale[channel]!),
    )
    weights.delete(`${norm}/gamma`)
    weights.delete(`${norm}/beta`)
  }
  return Object.fromEntries(weights)
}

async function watchNorms(
  normed: LayersModel,
  patches: readonly Float32Array[],
  threads?: number,
): Promise<readonly Seen[]> {
  const norms = normed.layers.filter((layer) => layer instanceof InstanceNorm3D)
  const inputs = norms.map((layer) => layer.input as SymbolicTensor)
  const watched = modelFrom({ inputs: normed.inputs, outputs: inputs })
  const shape = [1, ...(normed.inputs[0]!.shape.slice(1) as number[])]
  const graph = await trace(
    ({ image }) => {
      const seen = [watched.apply(image!)].flat() as tf.Tensor[]
      const means = seen.map((x, at): [string, tf.Tensor] => [`mean.${at}`, tf.mean(x, SPACE)])
      const squares = seen.map((x, at): [string, tf.Tensor] => [`square.${at}`, tf.mean(tf.square(x), SPACE)])
      return Object.fromEntries([...means, ...squares])
    },
    { inputs: { image: shape } },
  )
  const runtime = await openRuntime(graph, 'cpu', threads)
  const sums = inputs.map((x) => {
    const channels = x.shape.at(-1)!
    return { mean: new Float32Array(channels), variance: new Float32Array(channels) }
  })
  for (const patch of patches) {
    const moments = await runtime.run({ image: float32(patch, shape) })
    for (const [at, { mean, variance }] of sums.entries()) {
      const [means, squares] = [moments[`mean.${at}`]!.data, moments[`square.${at}`]!.data] as Float32Array[]
      for (let channel = 0; channel < mean.length; channel++) {
        mean[channel]! += means![channel]! / patches.length
        variance[channel]! += Math.max(0, squares![channel]! - means![channel]! ** 2) / patches.length
      }
    }
  }
  await runtime.close()
  return norms.map((layer, at) => ({ norm: layer.name, conv: inputs[at]!.sourceLayer.name, ...sums[at]! }))
}
