/**
 * Instance normalisation (Ulyanov et al. 2016), rank 5: y = γ · (x − mean) / √(var + ε) + β, mean and variance over
 * space, per sample and channel. tfjs has none. The middle part is a kernel of its own, `Standardize3D`, so that the
 * trace can give it to onnxruntime's fused InstanceNormalization.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { initializers, layers } from '@tensorflow/tfjs-layers'

const SPACE = [1, 2, 3]
export const EPSILON = 1e-5

/** 1/√(var + ε) over space, [N, 1, 1, 1, C]. */
function inverseDeviation(x: tf.Tensor, epsilon: number): tf.Tensor {
  const variance = tf.sub(tf.mean(tf.square(x), SPACE, true), tf.square(tf.mean(x, SPACE, true)))
  return tf.rsqrt(tf.add(tf.relu(variance), epsilon))
}

tf.registerKernel({
  kernelName: 'Standardize3D',
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const cpu = backend as MathBackendCPU
    const x = inputs['x'] as tf.TensorInfo
    const values = cpu.data.get(x.dataId).values as Float32Array
    const epsilon = Number((attrs as { epsilon: number }).epsilon)
    const c = x.shape.at(-1)!
    const perSample = values.length / x.shape[0]!
    const out = new Float32Array(values.length)
    for (let start = 0; start < values.length; start += perSample) {
      for (let channel = 0; channel < c; channel++) {
        let [sum, squares] = [0, 0]
        for (let i = start + channel; i < start + perSample; i += c) sum += values[i]!
        const mean = (sum * c) / perSample
        for (let i = start + channel; i < start + perSample; i += c) squares += (values[i]! - mean) ** 2
        const inverse = 1 / Math.sqrt((squares * c) / perSample + epsilon)
        for (let i = start + channel; i < start + perSample; i += c) out[i] = (values[i]! - mean) * inverse
      }
    }
    return cpu.makeTensorInfo(x.shape, 'float32', out)
  },
})

// With y the standardised x and r = 1/√(var + ε): dx = r · (dy − mean(dy) − y · mean(dy · y)).
tf.registerGradient({
  kernelName: 'Standardize3D',
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (gradient, saved, attrs) => {
    const dy = gradient as tf.Tensor
    const [x, y] = saved as [tf.Tensor, tf.Tensor]
    return {
      x: () => {
        const inverse = inverseDeviation(x, Number((attrs as unknown as { epsilon: number }).epsilon))
        const along = tf.mean(tf.mul(dy, y), SPACE, true)
        return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, SPACE, true)), tf.mul(y, along)), inverse)
      },
    }
  },
})

/** (x − mean) / √(var + ε) over space; x [N, D, H, W, C]. */
export function standardize(x: tf.Tensor, epsilon = EPSILON): tf.Tensor {
  return tf.engine().runKernel('Standardize3D', { x }, { epsilon })
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
      return tf.add(tf.mul(standardize(x), gamma!), beta!)
    })
  }
}

tf.serialization.registerClass(InstanceNorm3D)
