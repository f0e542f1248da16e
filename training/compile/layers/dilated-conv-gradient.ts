/**
 * Gradients of dilated convolutions (2-D, 3-D, depthwise), which tfjs refuses: its kernels know no dilation there. Two
 * kernels of our own, plain loops for the cpu backend and nodes for the trace (training/compile/trace/kernels/convolution.ts).
 * With y[o] = Σ_k x[o + k·d − before] · W[k]:  dx[o + k·d − before] += dy[o] · W[k]ᵀ  and  dW[k] += x[o + k·d − before] · dy[o]ᵀ.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { type ConvGeometry, convGeometry } from '../trace/kernels/conv-geometry.ts'

export interface DilatedConv {
  /** As the forward kernel had them. */
  readonly attrs: Readonly<Record<string, unknown>>
  readonly isDepthwise: boolean
}

/** dx [N, ...in, Ci] for dy [N, ...out, Co] and filter [...k, Ci, Co] (depthwise [...k, Ci, Co / Ci]). */
export function dilatedInputGradient(
  conv: DilatedConv,
  dy: tf.Tensor,
  filter: tf.Tensor,
  inputShape: number[],
): tf.Tensor {
  return tf.engine().runKernel('DilatedConvBackpropInput', { dy, filter }, attributes(conv, { inputShape }))
}

/** dW of the filter's shape for x [N, ...in, Ci] and dy [N, ...out, Co]. */
export function dilatedFilterGradient(
  conv: DilatedConv,
  x: tf.Tensor,
  dy: tf.Tensor,
  filterShape: number[],
): tf.Tensor {
  return tf.engine().runKernel('DilatedConvBackpropFilter', { x, dy }, attributes(conv, { filterShape }))
}

function attributes({ attrs, isDepthwise }: DilatedConv, more: Record<string, number[]>): tf.NamedAttrMap {
  return { ...attrs, isDepthwise, ...more } as tf.NamedAttrMap
}

/** Every pair of an input and an output that a tap joins, as indices of voxels, and the tap's. */
function forEachTap({ axes }: ConvGeometry, visit: (input: number, output: number, tap: number) => void): void {
  const walk = (depth: number, input: number, output: number, tap: number): void => {
    const axis = axes[depth]
    if (axis === undefined) {
      visit(input, output, tap)
      return
    }
    for (let o = 0; o < axis.output; o++)
      for (let k = 0; k < axis.kernel; k++) {
        const i = o * axis.stride + k * axis.dilation - axis.before
        if (i < 0 || i >= axis.input) continue
        walk(depth + 1, input * axis.input + i, output * axis.output + o, tap * axis.kernel + k)
      }
  }
  walk(0, 0, 0, 0)
}

type Add = (xAt: number, yAt: number, filterAt: number) => void

/** Every product of the convolution, as indices into x, y and the filter. */
function forEachProduct(geometry: ConvGeometry, batch: number, filterShape: readonly number[], add: Add): void {
  const [ci, last] = [filterShape.at(-2)!, filterShape.at(-1)!]
  const co = geometry.outShape.at(-1)!
  const [inputs, outputs] = [volume(geometry, 'input'), volume(geometry, 'output')]
  for (let n = 0; n < batch; n++)
    forEachTap(geometry, (input, output, tap) => {
      const [xAt, yAt] = [(n * inputs + input) * ci, (n * outputs + output) * co]
      for (let p = 0; p < ci; p++)
        for (let q = 0; q < last; q++)
          add(xAt + p, yAt + (geometry.groups === 1 ? q : p * last + q), (tap * ci + p) * last + q)
    })
}

function volume({ axes }: ConvGeometry, side: 'input' | 'output'): number {
  return axes.reduce((product, axis) => product * axis[side], 1)
}

function registerCpu(kernelName: string, compute: (inputs: Float32Array[], call: CpuCall) => void): void {
  tf.registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const cpu = backend as MathBackendCPU
      const { x, dy, filter } = inputs as Record<string, tf.TensorInfo | undefined>
      const given = attrs as unknown as { isDepthwise: boolean; inputShape: number[]; filterShape: number[] }
      const [xShape, filterShape] = [x?.shape ?? given.inputShape, filter?.shape ?? given.filterShape]
      const geometry = convGeometry(attrs as Record<string, unknown>, xShape, filterShape, given.isDepthwise)
      const shape = x === undefined ? xShape : filterShape
      const out = new Float32Array(tf.util.sizeFromShape(shape))
      const values = [dy!, (x ?? filter)!].map((info) => cpu.data.get(info.dataId).values as Float32Array)
      compute(values, { out, each: (add) => forEachProduct(geometry, xShape[0]!, filterShape, add) })
      return cpu.makeTensorInfo(shape, 'float32', out)
    },
  })
}

interface CpuCall {
  readonly out: Float32Array
  each(add: Add): void
}

registerCpu('DilatedConvBackpropInput', ([dy, filter], { out, each }) => {
  each((xAt, yAt, filterAt) => {
    out[xAt]! += dy![yAt]! * filter![filterAt]!
  })
})

registerCpu('DilatedConvBackpropFilter', ([dy, x], { out, each }) => {
  each((xAt, yAt, filterAt) => {
    out[filterAt]! += x![xAt]! * dy![yAt]!
  })
})
