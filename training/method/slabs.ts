/**
 * A U-Net whose last stage is computed slab by slab: at full resolution its values are many more than all the others together, and of
 * a slab they fit into the processor's cache. The same logits, as long as no norm goes over the whole patch.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers'
import { DepthToSpace3D } from '../compile/layers/block3d.ts'
import { InstanceNorm3D } from '../compile/layers/instance-norm.ts'

/** Of one voxel of the coarse grid on either side, as much as the refining convolution sees of its neighbours. */
const HALO = 1
/** Sides are multiples of 16 voxels, so that of the 2 mm grid always divides. */
export const SLABS = 4

/**
 * What `model` does, as a function [1, D, H, W, C] → [1, D, H, W, K], D divisible by 2 · SLABS.
 * @param model of a recipe with stem 2, `refine` and fixed norms (unet.ts)
 * @throws an Error where it has norms of the patch
 */
export function forwardInSlabs(model: LayersModel): (image: tf.Tensor) => tf.Tensor {
  if (model.layers.some((layer) => layer instanceof InstanceNorm3D))
    throw new Error('norms of the patch cannot be taken of a slab')
  const [image, logits] = [model.inputs[0]!, model.outputs[0]!]
  // the last stage begins where the logits of the coarse grid are unfolded
  const folded = model.layers.findLast((layer) => layer instanceof DepthToSpace3D)!.input as SymbolicTensor
  return (given) => {
    const coarse = evaluated(folded, new Map([[image.id, given]]))
    const planes = coarse.shape[1]! / SLABS
    const slabs = Array.from({ length: SLABS }, (_, slab) => {
      const [first, end] = [Math.max(0, slab * planes - HALO), Math.min(SLABS * planes, (slab + 1) * planes + HALO)]
      const seen = new Map([
        [folded.id, planesOf(coarse, first, end)],
        [image.id, planesOf(given, 2 * first, 2 * end)],
      ])
      const start = 2 * (slab * planes - first)
      return planesOf(evaluated(logits, seen), start, start + 2 * planes)
    })
    return tf.concat(slabs, 1)
  }
}

/** Planes [first, end) along the first axis of space. */
function planesOf(x: tf.Tensor, first: number, end: number): tf.Tensor {
  const shape = [...x.shape]
  shape[1] = end - first
  return tf.slice(x, [0, first, 0, 0, 0], shape)
}

/** The value of `wanted` from those that are known, by their ids. */
function evaluated(wanted: SymbolicTensor, known: Map<number, tf.Tensor>): tf.Tensor {
  const found = known.get(wanted.id)
  if (found !== undefined) return found
  const inputs = wanted.inputs.map((input) => evaluated(input, known))
  const value = wanted.sourceLayer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.Tensor
  known.set(wanted.id, value)
  return value
}
