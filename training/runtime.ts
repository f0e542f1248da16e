/** onnxruntime for training: many named inputs and outputs, weights that stay typed arrays. */
import '../src/inference/no-telemetry.ts'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { encodeOnnx, type OnnxGraph } from './trace/onnx.ts'
import { forDevice } from './trace/rewrites/for-device.ts'

export type TrainingDevice = 'cpu' | 'cuda' | 'webgpu'

export interface Runtime {
  readonly inputNames: readonly string[]
  /** Feeds by name. Returns the outputs by name. */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>
  close(): Promise<void>
}

/**
 * The trace writes permutations as pairs of transposes for which onnxruntime has fast code; its transpose optimiser
 * would join them into one for which it has none.
 */
const KEEP_TRANSPOSES = {
  optimization: { disable_specified_optimizers: 'TransposeOptimizer;TransposeOptimizer_CPUExecutionProvider' },
}

/** A session on `device`; throws where onnxruntime has no such provider here. */
export async function openRuntime(graph: OnnxGraph, device: TrainingDevice, threads = 0): Promise<Runtime> {
  return openRuntimeFromBytes(encodeOnnx(forDevice(graph, device)), device, threads)
}

/** `threads` 0 leaves the number to onnxruntime. */
export async function openRuntimeFromBytes(bytes: Uint8Array, device: TrainingDevice, threads = 0): Promise<Runtime> {
  const session = await InferenceSession.create(bytes, {
    executionProviders: [device],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    ...(device === 'cpu' ? { extra: KEEP_TRANSPOSES } : {}),
  })
  return {
    inputNames: session.inputNames,
    run: async (feeds) => (await session.run(feeds)) as Record<string, Tensor>,
    close: () => session.release(),
  }
}

/** The data is not copied. */
export function float32(data: Float32Array, shape: readonly number[]): Tensor {
  return new Tensor('float32', data, shape)
}

/** Like float32, for the types a model may take. */
export function tensorOf(
  type: 'float32' | 'int32' | 'bool',
  data: Float32Array | Int32Array | Uint8Array,
  shape: readonly number[],
): Tensor {
  return new Tensor(type, data, shape)
}

export type { Tensor }
