/** onnxruntime for training: many named inputs and outputs, of which some stay on the device from run to run. */
import '../../src/network/no-telemetry.ts'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { forDevice } from './rewrites/for-device.ts'
import { createGraph } from './trace/graph.ts'
import { encodeOnnx, type OnnxGraph } from './trace/onnx.ts'

const TRAINING_DEVICES = ['cpu', 'cuda', 'webgpu'] as const
export type TrainingDevice = (typeof TRAINING_DEVICES)[number]

export const isTrainingDevice = (name: string): name is TrainingDevice =>
  (TRAINING_DEVICES as readonly string[]).includes(name)

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

/**
 * As the traced graph lies, so that convolutions need no transposes about them; without the checks of every dispatch,
 * which are for pages that a browser does not trust.
 */
const WEBGPU: InferenceSession.ExecutionProviderConfig = {
  name: 'webgpu',
  preferredLayout: 'NCHW',
  validationMode: 'disabled',
  enableRobustness: false,
}

/** A session on `device`; throws where onnxruntime has no such provider here. */
export async function openRuntime(
  graph: OnnxGraph,
  device: TrainingDevice,
  threads = 0,
  kept: readonly string[] = [],
): Promise<Runtime> {
  return openRuntimeFromBytes(encodeOnnx(forDevice(graph, device)), device, threads, kept)
}

/**
 * @param threads 0 leaves the number to onnxruntime
 * @param kept outputs that come back as feeds: on webgpu they stay in the device's memory until `release`, for `download`
 *   to read (Node's binding to cuda knows no such thing)
 */
export async function openRuntimeFromBytes(
  bytes: Uint8Array,
  device: TrainingDevice,
  threads = 0,
  kept: readonly string[] = [],
): Promise<Runtime> {
  const session = await InferenceSession.create(bytes, {
    executionProviders: [device === 'webgpu' ? WEBGPU : device],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    ...(device === 'cpu' ? { extra: KEEP_TRANSPOSES } : {}),
    ...(device === 'webgpu' && kept.length > 0
      ? { preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, 'gpu-buffer' as const])) }
      : {}),
  })
  return {
    inputNames: session.inputNames,
    run: async (feeds) => (await session.run(feeds)) as Record<string, Tensor>,
    close: () => session.release(),
  }
}

/**
 * The values of float32 tensors wherever they lie. The binding cannot read memory of the device, so a session copies it.
 */
export async function download(
  tensors: Readonly<Record<string, Tensor>>,
  device: TrainingDevice,
): Promise<Record<string, Float32Array>> {
  const entries = Object.entries(tensors)
  if (entries.every(([, { location }]) => location === 'cpu'))
    return Object.fromEntries(entries.map(([name, { data }]) => [name, data as Float32Array]))
  const graph = createGraph()
  const copies = entries.map(([name, { dims }]) => {
    graph.input({ name, type: 'float32', shape: dims })
    return { name: graph.node('Identity', [name]), type: 'float32', shape: dims } as const
  })
  const runtime = await openRuntime(graph.finish(copies), device)
  const outputs = await runtime.run(tensors)
  await runtime.close()
  return Object.fromEntries(entries.map(([name], i) => [name, outputs[copies[i]!.name]!.data as Float32Array]))
}

/** Gives back what lies in a device's memory; other tensors are left to JavaScript. */
export function release(tensor: Tensor): void {
  if (tensor.location === 'gpu-buffer') tensor.dispose()
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
