/**
 * Nearest-neighbour upsampling of volumes: every voxel becomes a box of equal ones. tfjs has it for images only. The
 * layer is named and configured as Keras's UpSampling3D.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'

type Five = [number, number, number, number, number]
type Three = [number, number, number]

tf.registerKernel({
  kernelName: 'UpSampling3D',
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const cpu = backend as MathBackendCPU
    const x = inputs['x'] as tf.TensorInfo
    const values = cpu.data.get(x.dataId).values as Float32Array
    const [sd, sh, sw] = (attrs as unknown as { size: Three }).size
    const [n, d, h, w, c] = x.shape as Five
    const out = new Float32Array(values.length * sd * sh * sw)
    let at = 0
    for (let i = 0; i < n; i++)
      for (let z = 0; z < d * sd; z++)
        for (let y = 0; y < h * sh; y++)
          for (let u = 0; u < w * sw; u++, at += c) {
            const from = (((i * d + Math.floor(z / sd)) * h + Math.floor(y / sh)) * w + Math.floor(u / sw)) * c
            out.set(values.subarray(from, from + c), at)
          }
    return cpu.makeTensorInfo([n, d * sd, h * sh, w * sw, c], x.dtype, out)
  },
})

// The sum over a box is its mean times its voxels.
tf.registerGradient({
  kernelName: 'UpSampling3D',
  gradFunc: (dy, _, attrs) => {
    const { size } = attrs as unknown as { size: Three }
    const voxels = size[0] * size[1] * size[2]
    return { x: () => tf.mul(tf.avgPool3d(dy as tf.Tensor5D, size, size, 'valid'), voxels) }
  },
})

/** [N, D, H, W, C] → [N, D·size[0], H·size[1], W·size[2], C]; float32. */
export function upSampling3d(x: tf.Tensor, size: Three): tf.Tensor {
  return tf.engine().runKernel('UpSampling3D', { x }, { size })
}

export interface UpSampling3DArgs {
  readonly name?: string
  /** Whole numbers from 1; one number stands for all three axes. Default 2. */
  readonly size?: number | Three
}

export class UpSampling3D extends layers.Layer {
  static className = 'UpSampling3D'
  private readonly size: Three

  constructor(args: UpSampling3DArgs = {}) {
    super(args as ConstructorParameters<typeof layers.Layer>[0])
    const { size = 2 } = args
    this.size = typeof size === 'number' ? [size, size, size] : [...size]
    if (this.size.length !== 3 || !this.size.every((times) => Number.isInteger(times) && times >= 1)) {
      throw new Error(`UpSampling3D has size [${this.size}]; it must be three whole numbers from 1`)
    }
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return upSampling3d(Array.isArray(inputs) ? inputs[0]! : inputs, this.size)
  }

  override computeOutputShape(shape: number[]): (number | null)[] {
    return shape.map((length, axis) =>
      axis === 0 || axis === 4 || length === null ? length : length * this.size[axis - 1]!,
    )
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), size: this.size }
  }
}

tf.serialization.registerClass(UpSampling3D)
