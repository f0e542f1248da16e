/**
 * A tfjs backend that computes nothing: every kernel records ONNX nodes (training/trace/kernels), so any tfjs
 * program made of known kernels becomes a graph. Reading a value while tracing is an error: it would freeze a
 * number that belongs to the run into the graph.
 */
import * as tf from '@tensorflow/tfjs-core'
import { createFolding, type Folding } from './fold.ts'
import { createGraph, type GraphBuilder } from './graph.ts'
import type { TraceTarget } from './kernels/kernel.ts'
import type { KernelName } from './kernels/kernel-name.ts'
import { KERNELS } from './kernels/table.ts'
import type { ElementType } from './onnx.ts'
import { registerOwnGradients } from './own-gradients.ts'
import { describe, type Traced } from './value.ts'

export const TRACE_BACKEND = 'trace'

export interface TraceBackend {
  readonly graph: GraphBuilder
  /** A tensor that stands for a graph input. */
  placeholder(name: string, shape: readonly number[]): tf.Tensor
  traced(tensor: { dataId: object }): Traced
}

/** The tfjs ops that are running, outermost first: 'conv3d', not the kernel's name. */
function openOps(): string[] {
  const scopes = tf.engine().state.scopeStack as readonly { name?: string }[]
  return scopes.flatMap(({ name }) => (name?.endsWith('__op') === true ? [name.slice(0, -'__op'.length)] : []))
}

function callingOp(): string {
  return openOps().at(-1) ?? 'unknown'
}

/** Registers the backend with an empty graph and makes it the current one. Undo with `close`. */
export async function openTraceBackend(target: TraceTarget): Promise<TraceBackend & { close(): Promise<void> }> {
  registerOwnGradients()
  const before = tf.getBackend()
  const graph = createGraph()
  const values = new Map<object, Traced>()
  const folding = createFolding()
  const backend = recordingBackend(values, graph, folding)
  tf.registerBackend(TRACE_BACKEND, () => backend)
  const names = Object.keys(KERNELS) as KernelName[]
  for (const kernelName of names) {
    tf.registerKernel({ kernelName, backendName: TRACE_BACKEND, kernelFunc: record(kernelName) })
  }
  await tf.setBackend(TRACE_BACKEND)

  function store(value: Traced): { dataId: object; shape: number[]; dtype: tf.DataType } {
    const dataId = {}
    values.set(dataId, value)
    describe(graph, value)
    // tfjs knows no int64; bool and float32 keep their names.
    const dtype = value.type === 'bool' ? 'bool' : value.type === 'float32' ? 'float32' : 'int32'
    return { dataId, shape: [...value.shape], dtype }
  }

  function record(kernelName: KernelName): tf.KernelFunc {
    return ({ inputs, attrs }) => {
      const folded = folding.fold(kernelName, inputs, attrs ?? {})
      if (folded !== undefined) {
        const infos = folded.map((constant) => {
          const info = store(constantOf(graph, constant.values, constant.shape, constant.dtype))
          folding.note(info.dataId, constant)
          return info
        })
        return infos.length === 1 ? infos[0]! : infos
      }
      const kernel = KERNELS[kernelName]
      if ('refused' in kernel) {
        throw new Error(`kernel '${kernelName}', called by tf.${callingOp()}, has no ONNX form: ${kernel.refused}`)
      }
      const entries = Object.entries(inputs).filter(([, info]) => info !== undefined && info !== null)
      const traced = entries.map(([name, info]) => [name, tracedOf(info as tf.TensorInfo)] as const)
      try {
        const made = kernel({ graph, target, inputs: Object.fromEntries(traced), attrs: attrs ?? {} })
        return 'shape' in made ? store(made) : made.map(store)
      } catch (cause) {
        throw new Error(`kernel '${kernelName}', called by tf.${callingOp()}: ${(cause as Error).message}`, { cause })
      }
    }
  }

  function tracedOf(info: { dataId: object }): Traced {
    const known = values.get(info.dataId)
    if (known !== undefined) return known
    // A tensor of another backend (a weight) is a constant here. It is read, not moved, so that its owner keeps it.
    const { backend: owner, dtype, shape } = tf.engine().state.tensorInfo.get(info.dataId)! as OwnedTensor
    const value = constantOf(graph, owner.readSync(info.dataId) as ArrayLike<number>, shape, dtype)
    values.set(info.dataId, value)
    return value
  }

  return {
    graph,
    placeholder(name, shape) {
      graph.input({ name, type: 'float32', shape })
      const info = store({ shape, type: 'float32', forms: { last: name } })
      return tf.engine().makeTensorFromTensorInfo(info as tf.TensorInfo, backend)
    },
    traced: tracedOf,
    async close() {
      await tf.setBackend(before)
      for (const kernelName of names) tf.unregisterKernel(kernelName, TRACE_BACKEND)
      tf.removeBackend(TRACE_BACKEND)
    },
  }
}

function elementTypeOf(dtype: tf.DataType): ElementType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype
  throw new Error(`a constant of type ${dtype} cannot be traced`)
}

/** What tfjs's engine keeps about a tensor. */
type OwnedTensor = { backend: tf.KernelBackend; dtype: tf.DataType; shape: number[] }

/** tfjs draws random numbers itself and hands them over as if they were constants. */
function refuseRandom(): void {
  const ops = openOps()
  const drawing = ops.find((op) => /^(rand|truncatedNormal)/.test(op))
  if (drawing === undefined) return
  const caller = ops[0] === drawing ? '' : `, called by tf.${ops[0]}`
  throw new Error(`tf.${drawing}${caller}: random numbers would be frozen into the graph; feed them as an input`)
}

/** A number that fills a large constant is expanded in the graph rather than stored. */
function constantOf(
  graph: GraphBuilder,
  data: ArrayLike<number>,
  shape: readonly number[],
  dtype: tf.DataType,
): Traced {
  const type = elementTypeOf(dtype)
  const uniform = data.length > 0 && Array.prototype.every.call(data, (v: number) => v === data[0])
  if (uniform && data.length > 16 && type === 'float32') {
    const last = graph.node('Expand', [graph.scalar(data[0]!), graph.ints(shape)])
    return { shape, type, forms: { last }, uniform: data[0]! }
  }
  const last = graph.constant(type, shape, data)
  return uniform ? { shape, type, forms: { last }, uniform: data[0]! } : { shape, type, forms: { last } }
}

/** tfjs demands a KernelBackend by inheritance; everything but making constants is an error. */
function recordingBackend(values: Map<object, Traced>, graph: GraphBuilder, folding: Folding): tf.KernelBackend {
  const known = (dataId: object) => {
    const found = folding.values(dataId)
    if (found !== undefined) return found
    throw new Error('a value was read while tracing: it would be frozen into the graph; feed it as an input instead')
  }
  return Object.assign(new tf.KernelBackend(), {
    write(data: ArrayLike<number>, shape: number[], dtype: tf.DataType) {
      refuseRandom()
      const dataId = {}
      values.set(dataId, constantOf(graph, data, shape, dtype))
      folding.note(dataId, { shape, dtype, values: data })
      return dataId
    },
    read: async (dataId: object) => known(dataId),
    readSync: known,
    refCount: () => 1,
    incRef: () => undefined,
    decRef: () => undefined,
    disposeData: () => true,
    numDataIds: () => values.size,
    memory: () => ({ unreliable: true }),
    floatPrecision: () => 32,
    epsilon: () => 1e-7,
    dispose: () => undefined,
  }) as unknown as tf.KernelBackend
}
