/**
 * Blocks of 2×2×2 voxels to channels (space to depth) and back: with a 1×1×1 convolution beside them they are the
 * U-Net's strided and transposed convolutions of kernel 2, stride 2, and its 2 mm trunk under a 1 mm input.
 * Channel of a voxel (dz, dy, dx) of the block and channel c: ((dz·2 + dy)·2 + dx)·C + c.
 * tfjs has neither kernel for rank 5, so both are registered here: plain loops for the cpu backend, nodes for the
 * trace (training/compile/trace/kernels/block3d.ts), each the other's gradient.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'

type Five = [number, number, number, number, number]

/** Offset in the small grid's [N, D, H, W, 8C] for every element of the big grid's [N, 2D, 2H, 2W, C], in order. */
function forEachPair([n, d, h, w, c8]: Five, visit: (small: number, big: number) => void): void {
  const c = c8 / 8
  let big = 0
  for (let i = 0; i < n; i++)
    for (let z = 0; z < 2 * d; z++)
      for (let y = 0; y < 2 * h; y++)
        for (let x = 0; x < 2 * w; x++) {
          const cell = ((i * d + (z >> 1)) * h + (y >> 1)) * w + (x >> 1)
          const small = cell * c8 + (((z & 1) * 2 + (y & 1)) * 2 + (x & 1)) * c
          for (let channel = 0; channel < c; channel++) visit(small + channel, big++)
        }
}

function halved([n, d, h, w, c]: Five): Five {
  return [n, d / 2, h / 2, w / 2, 8 * c]
}

function doubled([n, d, h, w, c]: Five): Five {
  return [n, 2 * d, 2 * h, 2 * w, c / 8]
}

function registerCpu(kernelName: string, outShape: (shape: Five) => Five, toSmall: boolean): void {
  tf.registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend }) => {
      const cpu = backend as MathBackendCPU
      const x = inputs['x'] as tf.TensorInfo
      const values = cpu.data.get(x.dataId).values as Float32Array
      const result = new Float32Array(values.length)
      const shape = outShape(x.shape as Five)
      forEachPair(toSmall ? shape : (x.shape as Five), (small, big) => {
        if (toSmall) result[small] = values[big]!
        else result[big] = values[small]!
      })
      return cpu.makeTensorInfo(shape, 'float32', result)
    },
  })
}

registerCpu('SpaceToDepth3D', halved, true)
registerCpu('DepthToSpace3D', doubled, false)
tf.registerGradient({ kernelName: 'SpaceToDepth3D', gradFunc: (dy) => ({ x: () => depthToSpace(dy as tf.Tensor) }) })
tf.registerGradient({ kernelName: 'DepthToSpace3D', gradFunc: (dy) => ({ x: () => spaceToDepth(dy as tf.Tensor) }) })

/** [N, 2D, 2H, 2W, C] → [N, D, H, W, 8C] */
export function spaceToDepth(x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel('SpaceToDepth3D', { x })
}

/** [N, D, H, W, 8C] → [N, 2D, 2H, 2W, C] */
export function depthToSpace(x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel('DepthToSpace3D', { x })
}

function one<T>(inputs: T | T[]): T {
  return Array.isArray(inputs) ? inputs[0]! : inputs
}

export class SpaceToDepth3D extends layers.Layer {
  static className = 'SpaceToDepth3D'
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return spaceToDepth(one(inputs))
  }
  override computeOutputShape(shape: number[]): number[] {
    return [shape[0]!, ...halved([1, ...shape.slice(1)] as Five).slice(1)]
  }
}

export class DepthToSpace3D extends layers.Layer {
  static className = 'DepthToSpace3D'
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return depthToSpace(one(inputs))
  }
  override computeOutputShape(shape: number[]): number[] {
    return [shape[0]!, ...doubled([1, ...shape.slice(1)] as Five).slice(1)]
  }
}

tf.serialization.registerClass(SpaceToDepth3D)
tf.serialization.registerClass(DepthToSpace3D)
