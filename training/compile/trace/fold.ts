/**
 * Arithmetic on sizes while tracing. A program may compute shapes as tensors (Shape → StridedSlice → Pack → Reshape,
 * as TensorFlow does); those are the same in every run of the graph, so they are computed at once, on tfjs's cpu
 * backend, and may be read. Only small tensors of whole numbers, and what is computed from them, are folded: weights
 * stay as they are.
 */
import * as tf from '@tensorflow/tfjs-core'

export interface Folded {
  readonly shape: readonly number[]
  readonly dtype: tf.DataType
  readonly values: ArrayLike<number>
}

export interface Folding {
  /** A constant that the program wrote, or that came out of `fold`. */
  note(dataId: object, constant: Folded): void
  /** The values of a constant noted before. */
  values(dataId: object): ArrayLike<number> | undefined
  /** What the kernel gives, where all of its inputs are known; undefined where it must be traced. */
  fold(kernelName: string, inputs: tf.NamedTensorInfoMap, attrs: tf.NamedAttrMap): readonly Folded[] | undefined
}

/** Shapes, paddings, axes and index lists; nothing that a network learns is this small and whole. */
const MAX_ENTRIES = 256

/** What tfjs's engine keeps about a tensor, and what its cpu backend adds to the KernelBackend of its types. */
type Owned = { readonly backend: tf.KernelBackend }
type CpuBackend = tf.KernelBackend & {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: ArrayLike<number>): tf.TensorInfo
}

/** Empty; one for every trace. */
export function createFolding(): Folding {
  const known = new Map<object, Folded>()

  /** The constant behind a tensor of the trace, or a small weight that lies on another backend. */
  function constantOf(info: tf.TensorInfo): Folded | undefined {
    const noted = known.get(info.dataId)
    if (noted !== undefined || tf.util.sizeFromShape(info.shape) > MAX_ENTRIES) return noted
    const owner = (tf.engine().state.tensorInfo.get(info.dataId) as Owned | undefined)?.backend
    if (owner === undefined || owner === tf.backend()) return undefined
    return { shape: info.shape, dtype: info.dtype, values: owner.readSync(info.dataId) as ArrayLike<number> }
  }

  return {
    note(dataId, constant) {
      if (constant.values.length <= MAX_ENTRIES) known.set(dataId, constant)
    },
    values: (dataId) => known.get(dataId)?.values,
    fold(kernelName, inputs, attrs) {
      const entries = Object.entries(inputs).filter(([, info]) => info !== undefined && info !== null)
      const isSize = ({ dtype }: tf.TensorInfo) => dtype === 'int32' || dtype === 'bool'
      if (!entries.some(([, info]) => isSize(info as tf.TensorInfo))) return undefined
      const constants = entries.map(([name, info]) => [name, constantOf(info as tf.TensorInfo)] as const)
      if (constants.some(([, constant]) => constant === undefined)) return undefined
      const kernel = tf.getKernel(kernelName, 'cpu')
      const cpu = tf.engine().findBackend('cpu') as CpuBackend | null
      if (kernel === undefined || cpu === null) return undefined
      const given = constants.map(
        ([name, c]) => [name, cpu.makeTensorInfo([...c!.shape], c!.dtype, c!.values)] as const,
      )
      const asGiven = Array.isArray(inputs) ? given.map(([, info]) => info) : Object.fromEntries(given)
      const made = kernel.kernelFunc({ inputs: asGiven as tf.NamedTensorInfoMap, attrs, backend: cpu })
      return [made].flat().map(({ dataId, shape, dtype }) => {
        return { shape, dtype, values: cpu.readSync(dataId) as ArrayLike<number> }
      })
    },
  }
}
