/**
 * Where a pooling window lies. tfjs knows four paddings and three roundings; ONNX knows pads and rounds down. The pad
 * behind an axis is therefore chosen so that rounding down gives tfjs's output size.
 */
import { backend_util } from '@tensorflow/tfjs-core'
import type { KernelCall } from './kernel.ts'

type Rounding = 'floor' | 'round' | 'ceil'

/** One number an axis of space, [H, W] or [D, H, W]. */
export interface PoolWindow {
  readonly size: readonly number[]
  readonly strides: readonly number[]
  /** Voxels of padding before the first one. */
  readonly before: readonly number[]
  readonly input: readonly number[]
  readonly output: readonly number[]
}

/**
 * The window of a pooling call over x [N, …space, C]. `outShape` is given by a gradient, which knows it from dy (tfjs
 * does not tell 2-D gradients the rounding that its forward pass had).
 */
export function poolWindow(call: KernelCall, xShape: readonly number[], outShape?: readonly number[]): PoolWindow {
  const { filterSize, strides, pad, dimRoundingMode } = call.attrs
  const rounding = outShape === undefined ? (dimRoundingMode as Rounding | undefined) : undefined
  if (xShape.length === 4) {
    const info = backend_util.computePool2DInfo(
      xShape as [number, number, number, number],
      filterSize as number,
      strides as number,
      1,
      pad as number,
      rounding,
    )
    const { top, left } = info.padInfo
    return {
      size: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      before: [top, left],
      input: xShape.slice(1, -1),
      output: (outShape ?? info.outShape).slice(1, -1),
    }
  }
  const info = backend_util.computePool3DInfo(
    xShape as [number, number, number, number, number],
    filterSize as number,
    strides as number,
    1,
    pad as number,
    rounding,
  )
  const { front, top, left } = info.padInfo
  return {
    size: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    before: [front, top, left],
    input: xShape.slice(1, -1),
    output: (outShape ?? info.outShape).slice(1, -1),
  }
}

/** ONNX's attributes of the window. Throws where a window would lie in padding alone, which ONNX does not define. */
export function windowAttributes({ size, strides, before, input, output }: PoolWindow): {
  kernel_shape: readonly number[]
  strides: readonly number[]
  pads: readonly number[]
} {
  const after = size.map((k, a) => Math.max(0, (output[a]! - 1) * strides[a]! + k - input[a]! - before[a]!))
  if (before.some((p, a) => p < 0 || p >= size[a]!) || after.some((p, a) => p >= size[a]!)) {
    throw new Error(
      `padding of [${before}] before and [${after}] after does not go with a window of [${size}]; ` +
        'each must be 0 or more and less than the window',
    )
  }
  return { kernel_shape: size, strides, pads: [...before, ...after] }
}

/** [begin, end) of the inputs that output `at` of an axis looks at, padding left out. */
export function inside(window: PoolWindow, axis: number, at: number): [begin: number, end: number] {
  const corner = at * window.strides[axis]! - window.before[axis]!
  return [Math.max(0, corner), Math.min(window.input[axis]!, corner + window.size[axis]!)]
}
