/** How far a traced graph is from tfjs on the same inputs: the converter's own check. */
import type * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { openCheckRuntime } from './check-runtime.ts'
import { compareOn, type Difference } from './convert/compare.ts'
import type { Program } from './convert/program.ts'
import { exportOnnx, INPUT, OUTPUT } from './export.ts'
import type { Random } from './random.ts'

export interface Parity extends Difference {
  readonly inputShape: readonly number[]
}

/** Runs `model` in tfjs (cpu backend) and as ONNX on one standard-normal input of `space`. */
export async function checkParity(model: LayersModel, space: readonly number[], random: Random): Promise<Parity> {
  const { bytes, inputShape } = await exportOnnx(model, {}, space)
  const program: Program = {
    inputs: [{ name: INPUT, shape: inputShape, type: 'float32' }],
    outputs: [OUTPUT],
    run: (inputs) => ({ [OUTPUT]: model.apply(inputs[INPUT]!) as tf.Tensor }),
  }
  const runtime = await openCheckRuntime(bytes)
  try {
    return { inputShape, ...(await compareOn(program, runtime, { [INPUT]: inputShape }, random)) }
  } finally {
    await runtime.close()
  }
}
