/**
 * Instance normalisation (Ulyanov et al. 2016), rank 5: y = γ · (x − mean) / √(var + ε) + β, mean and variance over
 * space, per sample and channel. tfjs has none. Two kernels of our own, plain loops for the cpu backend and nodes for
 * the trace (training/compile/trace/kernels/norm.ts): `InstanceNorm3D`, and `ScaledSum3D`, the last line of its gradient.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { initializers, layers } from '@tensorflow/tfjs-layers'

const SPACE = [1, 2, 3]
export const EPSILON = 1e-5

function registerCpu(kernelName: string, compute: (inputs: Float32Array[], info: CpuCall) => Float32Array): void {
  tf.registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const cpu = backend as MathBackendCPU
      const infos = Object.values(inputs) as tf.TensorInfo[]
      const values = infos.map((info) => cpu.data.get(info.dataId).values as Float32Array)
      const { shape } = infos[0]!
      const perSample = values[0]!.length / shape[0]!
      const info = { channels: shape.at(-1)!, perSample, attrs: (attrs ?? {}) as Record<string, number> }
      return cpu.makeTensorInfo(shape, 'float32', compute(values, info))
    },
  })
}

interface CpuCall {
  readonly channels: number
  readonly perSample: number
  readonly attrs: Readonly<Record<string, number>>
}

registerCpu('InstanceNorm3D', ([x, gamma, beta], { channels, perSample, attrs }) => {
  const out = new Float32Array(x!.length)
  for (let start = 0; start < x!.length; start += perSample) {
    for (let channel = 0; channel < channels; channel++) {
      const [first, end] = [start + channel, start + perSample]
      let [sum, squares] = [0, 0]
      for (let i = first; i < end; i += channels) sum += x![i]!
      const mean = (sum * channels) / perSample
      for (let i = first; i < end; i += channels) squares += (x![i]! - mean) ** 2
      const scale = gamma![channel]! / Math.sqrt((squares * channels) / perSample + attrs['epsilon']!)
      for (let i = first; i < end; i += channels) out[i] = (x![i]! - mean) * scale + beta![channel]!
    }
  }
  return out
})

registerCpu('ScaledSum3D', ([x, y, a, b, c], { channels, perSample }) =>
  x!.map((value, i) => {
    const at = Math.floor(i / perSample) * channels + (i % channels)
    return a![at]! * value + b![at]! * y![i]! + c![at]!
  }),
)

// With x̂ the standardised x, r = 1/√(var + ε), V voxels:
//   dβ = Σ dy    dγ = Σ dy·x̂ = r · (Σ dy·x − mean · Σ dy)    dx = γr · (dy − Σ dy / V − x̂ · Σ dy·x̂ / V)
// and dx is a·dy + b·x + c with one a, b and c a sample and channel.
tf.registerGradient({
  kernelName: 'InstanceNorm3D',
  inputsToSave: ['x', 'gamma'],
  gradFunc: (gradient, saved, attrs) => {
    const dy = gradient as tf.Tensor
    const [x, gamma] = saved as [tf.Tensor, tf.Tensor]
    const [n, d, h, w, c] = x.shape as [number, number, number, number, number]
    const voxels = d * h * w
    const mean = tf.mean(x, SPACE, true)
    const variance = tf.sub(tf.div(tf.sum(tf.mul(x, x), SPACE, true), voxels), tf.mul(mean, mean))
    // Rounding may take the variance of a constant channel below 0.
    const inverse = tf.rsqrt(tf.add(tf.relu(variance), Number((attrs as unknown as { epsilon: number }).epsilon)))
    const sum = tf.sum(dy, SPACE, true)
    const along = tf.mul(inverse, tf.sub(tf.sum(tf.mul(dy, x), SPACE, true), tf.mul(mean, sum)))
    return {
      x: () => {
        const byDy = tf.mul(gamma, inverse)
        const byX = tf.div(tf.neg(tf.mul(tf.mul(byDy, inverse), along)), voxels)
        const constant = tf.neg(tf.add(tf.div(tf.mul(byDy, sum), voxels), tf.mul(byX, mean)))
        return tf.engine().runKernel('ScaledSum3D', { x: dy, y: x, a: byDy, b: byX, c: constant }) as tf.Tensor
      },
      gamma: () => tf.sum(tf.reshape(along, [n, c]), 0),
      beta: () => tf.sum(tf.reshape(sum, [n, c]), 0),
    }
  },
})

/** γ · (x − mean) / √(var + ε) + β over space; x [N, D, H, W, C], γ and β [C]. */
export function instanceNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon = EPSILON): tf.Tensor {
  return tf.engine().runKernel('InstanceNorm3D', { x, gamma, beta }, { epsilon })
}

/** (x − mean) / √(var + ε) over space; x [N, D, H, W, C]. */
export function standardize(x: tf.Tensor, epsilon = EPSILON): tf.Tensor {
  const channels = x.shape.at(-1)!
  return instanceNorm(x, tf.ones([channels]), tf.zeros([channels]), epsilon)
}

export class InstanceNorm3D extends layers.Layer {
  static className = 'InstanceNorm3D'
  override build(shape: number[]): void {
    const channels = shape.at(-1)!
    this.addWeight('gamma', [channels], 'float32', initializers.ones())
    this.addWeight('beta', [channels], 'float32', initializers.zeros())
    super.build(shape)
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs
      const [gamma, beta] = this.weights.map((weight) => weight.read())
      return instanceNorm(x, gamma!, beta!)
    })
  }
}

tf.serialization.registerClass(InstanceNorm3D)
