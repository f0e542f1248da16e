/** How far the traced graph is from tfjs on the same input: the converter's own check. */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { exportOnnx, INPUT, OUTPUT } from './export.ts'
import type { Random } from './random.ts'
import { float32, openRuntimeFromBytes } from './runtime.ts'

/** Above this the conversion has failed: float32 sums in another order differ by far less. */
export const MAX_DIFFERENCE = 1e-4

export interface Parity {
  readonly inputShape: readonly number[]
  /** Largest |tfjs − onnxruntime| over all outputs, relative to max(1, largest |output|). */
  readonly largestDifference: number
  /** Share of voxels with the same largest output channel. */
  readonly equalLabels: number
}

/** Runs `model` in tfjs (cpu backend) and as ONNX on one standard-normal input of `space`. */
export async function checkParity(model: LayersModel, space: readonly number[], random: Random): Promise<Parity> {
  const exported = await exportOnnx(model, {}, space)
  const length = exported.inputShape.reduce((a, b) => a * b, 1)
  const input = Float32Array.from({ length }, () => random.normal())
  const runtime = await openRuntimeFromBytes(exported.bytes, 'cpu')
  const outputs = await runtime.run({ [INPUT]: float32(input, exported.inputShape) })
  await runtime.close()
  const traced = outputs[OUTPUT]!.data as Float32Array
  const direct = tf.tidy(() => (model.apply(tf.tensor(input, [...exported.inputShape])) as tf.Tensor).dataSync())
  let difference = 0
  let scale = 1
  for (const [i, value] of direct.entries()) {
    difference = Math.max(difference, Math.abs(value - traced[i]!))
    scale = Math.max(scale, Math.abs(value))
  }
  const labels = exported.outputShape.at(-1)!
  let equal = 0
  for (let at = 0; at < direct.length; at += labels) {
    if (largest(direct, at, labels) === largest(traced, at, labels)) equal += 1
  }
  return {
    inputShape: exported.inputShape,
    largestDifference: difference / scale,
    equalLabels: equal / (direct.length / labels),
  }
}

function largest(values: ArrayLike<number>, at: number, count: number): number {
  let best = 0
  for (let k = 1; k < count; k++) if (values[at + k]! > values[at + best]!) best = k
  return best
}
