/** What the convolutions of a network take and give, on patches of real scans. */
import { type ConvRange, convolveInWholeNumbers } from '../rewrites/int8-convs.ts'
import { float32, openRuntimeFromBytes } from '../runtime.ts'
import { encodeOnnx, type OnnxGraph, type OnnxNode, type OnnxValue } from '../trace/onnx.ts'
import { rangeOf, type Seen } from './ranges.ts'

/** In standard deviations of a channel; measured: 0.012 to 0.03 for the inner levels of the shipped networks. */
const MOST_ERROR = 0.03

/** Every so many voxels one is kept: a range needs no more. */
const EVERY = 13

export interface Watched {
  readonly conv: OnnxNode
  readonly range: ConvRange
  /** Root mean square of what whole numbers change in its output, in standard deviations of each channel, on the last patch. */
  readonly error: number
}

/** Those whose whole numbers are close enough to what they stand for. */
export function worthwhile(watched: readonly Watched[]): Watched[] {
  return watched.filter(({ error }) => error <= MOST_ERROR)
}

/** Convolutions 3×3×3 of constant weights from `leastChannels` input channels on. */
export function candidates(graph: OnnxGraph, leastChannels: number): OnnxNode[] {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  return graph.nodes.filter(({ op, inputs, attributes }) => {
    const shape = constants.get(inputs[1] ?? '')?.shape
    return op === 'Conv' && `${attributes['kernel_shape']}` === '3,3,3' && (shape?.[1] ?? 0) >= leastChannels
  })
}

/**
 * @param patches inputs of `graph`, one after the other
 * @returns one for each of `convs`
 */
export async function watch(
  graph: OnnxGraph,
  convs: readonly OnnxNode[],
  patches: readonly Float32Array[],
): Promise<Watched[]> {
  const names = [...new Set(convs.flatMap(({ inputs, outputs }) => [inputs[0]!, outputs[0]!]))]
  const outputs = names.map(
    (name): OnnxValue => ({
      name,
      type: 'float32',
      shape: graph.shapes?.get(name) ?? [1, 1, 1, 1, 1],
      dims: graph.shapes?.get(name) ?? ['n', 'c', 'd', 'h', 'w'],
    }),
  )
  const [input] = graph.inputs
  const runtime = await openRuntimeFromBytes(encodeOnnx({ ...graph, outputs }), 'cpu')
  const samples = new Map(names.map((name) => [name, [] as number[][]]))
  let last: Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }> = {}
  for (const patch of patches) {
    last = (await runtime.run({ [input!.name]: float32(patch, input!.shape) })) as unknown as typeof last
    for (const name of names) {
      const { data, dims } = last[name]!
      const voxels = data.length / dims[1]!
      const kept = samples.get(name)!
      for (let c = 0; c < dims[1]!; c++) {
        kept[c] ??= []
        for (let at = c * voxels; at < (c + 1) * voxels; at += EVERY) kept[c]!.push(data[at]!)
      }
    }
  }
  await runtime.close()
  const activations = activationsOf(graph)
  const seenAt = (name: string) => samples.get(name)!.map((values) => Float32Array.from(values))
  const watched: Watched[] = []
  for (const conv of convs) {
    const activation = activations.get(conv.outputs[0]!)
    const slope = (activation?.attributes['alpha'] as { readonly float: number } | undefined)?.float
    const seen: Seen = { input: seenAt(conv.inputs[0]!), output: seenAt(conv.outputs[0]!), slope }
    const range = rangeOf(seen)
    const nodes = activation === undefined ? [conv] : [conv, activation]
    watched.push({ conv, range, error: await errorOf(graph, nodes, range, last[conv.inputs[0]!]!) })
  }
  return watched
}

/** The leaky ReLU behind a convolution, by the name of the value between them, where nobody else reads that. */
function activationsOf({ nodes, outputs }: OnnxGraph): Map<string, OnnxNode> {
  const readers = [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ name }) => name)]
  const isReadOnce = (name: string) => readers.indexOf(name) === readers.lastIndexOf(name)
  const activations = nodes.filter(({ op, inputs }) => op === 'LeakyRelu' && isReadOnce(inputs[0]!))
  return new Map(activations.map((node) => [node.inputs[0]!, node]))
}

/** @param nodes a convolution, and its activation if it has one */
async function errorOf(
  graph: OnnxGraph,
  nodes: readonly OnnxNode[],
  range: ConvRange,
  x: { readonly data: Float32Array; readonly dims: readonly number[] },
): Promise<number> {
  const [conv] = nodes
  const [from, to] = [conv!.inputs[0]!, 'found']
  const last: OnnxNode = {
    op: 'Identity',
    inputs: [nodes.at(-1)!.outputs[0]!],
    outputs: [to],
    attributes: {},
    domain: '',
  }
  const alone: OnnxGraph = {
    nodes: [...nodes, last],
    initializers: graph.initializers.filter(({ name }) => conv!.inputs.includes(name)),
    inputs: [{ name: from, type: 'float32', shape: x.dims }],
    outputs: [{ name: to, type: 'float32', shape: [1, range.outputSpread.length, ...x.dims.slice(2)] }],
  }
  const whole = convolveInWholeNumbers(alone, new Map([[conv!.outputs[0]!, range]]))
  const [expected, found] = await Promise.all(
    [alone, whole].map(async (each) => {
      const runtime = await openRuntimeFromBytes(encodeOnnx(each), 'cpu')
      const values = (await runtime.run({ [from]: float32(x.data, x.dims) }))[to]!.data as Float32Array
      await runtime.close()
      return values
    }),
  )
  const each = expected!.length / range.outputSpread.length
  let sum = 0
  for (let at = 0; at < expected!.length; at++)
    sum += ((found![at]! - expected![at]!) / range.outputSpread[Math.floor(at / each)]!) ** 2
  return Math.sqrt(sum / expected!.length)
}
