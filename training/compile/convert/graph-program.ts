/** A tfjs graph model (a TensorFlow GraphDef in JSON) as a program. */
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import * as tf from '@tensorflow/tfjs-core'
import { failingNode, type NodeDef, nodeName } from './failing-node.ts'
import type { Program, ProgramInput } from './program.ts'
import { onnxNames } from './program.ts'

interface Signature {
  readonly inputs?: Readonly<Record<string, { readonly name: string; readonly resourceId?: number }>>
  readonly outputs?: Readonly<Record<string, { readonly name: string }>>
}

/** What an ONNX graph traced from one run cannot hold, and why. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'control flow': [
    ...['Switch', 'Merge', 'Enter', 'Exit', 'NextIteration', 'LoopCond', 'If', 'StatelessIf', 'While'],
    ...['StatelessWhile', 'PartitionedCall', 'StatefulPartitionedCall'],
  ],
  'shapes that depend on values': [
    ...['Where', 'Unique', 'UniqueV2', 'NonMaxSuppressionV2', 'NonMaxSuppressionV3', 'NonMaxSuppressionV4'],
    ...['NonMaxSuppressionV5', 'BooleanMask', 'SparseToDense', 'RaggedGather', 'RaggedRange', 'RaggedTensorToTensor'],
  ],
  'lookup tables': [
    ...['HashTable', 'HashTableV2', 'LookupTableImport', 'LookupTableImportV2', 'LookupTableFind'],
    ...['LookupTableFindV2', 'LookupTableSize', 'LookupTableSizeV2'],
  ],
  'tensor lists': [
    ...['TensorArrayV3', 'TensorArrayReadV3', 'TensorArrayWriteV3', 'TensorArrayGatherV3', 'TensorArrayScatterV3'],
    ...['TensorListReserve', 'TensorListFromTensor', 'TensorListStack', 'TensorListGetItem', 'TensorListSetItem'],
  ],
  'random numbers': [
    ...['RandomUniform', 'RandomUniformInt', 'RandomStandardNormal', 'TruncatedNormal', 'Multinomial'],
    ...['StatelessRandomUniform', 'StatelessRandomNormal', 'StatelessMultinomial'],
  ],
  variables: ['VariableV2', 'VarHandleOp', 'ReadVariableOp', 'AssignVariableOp'],
}

/**
 * The graph model of `artifacts`, with its inputs and outputs under the names of its signature, or of its nodes where
 * it has none.
 * @throws where an op that its outputs need cannot be traced, naming the op
 */
export async function graphProgram(artifacts: tf.io.ModelArtifacts): Promise<Program> {
  const nodes = (artifacts.modelTopology as { node: readonly NodeDef[] }).node
  const metadata = artifacts.userDefinedMetadata as { signature?: Signature } | undefined
  const signature = metadata?.signature ?? (artifacts.signature as Signature | undefined)
  const wanted = Object.values(signature?.outputs ?? {}).map((output) => output.name)
  refuseUntraceable(nodes, wanted)
  const topology = { versions: { producer: 0, minConsumer: 0 }, ...artifacts.modelTopology }
  const model = await loadGraphModel(tf.io.fromMemory({ ...artifacts, modelTopology: topology })).catch((cause) => {
    throw new Error(`tfjs cannot load this graph model: ${(cause as Error).message.split('\n')[0]}`, { cause })
  })
  // A node that gives two outputs of the signature stands twice in the model's own list, under one name.
  const outputKeys = wanted.length > 0 ? Object.keys(signature!.outputs!) : model.outputNodes
  const inputNames = onnxNames(model.inputNodes)
  const outputs = onnxNames(outputKeys, inputNames)
  return {
    inputs: model.inputs.map((input, i) => inputOf(inputNames[i]!, input, rowsLookedUp(nodes, input.name, artifacts))),
    outputs,
    run(values) {
      const feeds = Object.fromEntries(model.inputNodes.map((key, i) => [key, values[inputNames[i]!]!]))
      const result = execute(model, feeds, outputKeys, nodes)
      return Object.fromEntries(result.map((tensor, i) => [outputs[i]!, tensor]))
    },
  }
}

function execute(
  model: GraphModel,
  feeds: tf.NamedTensorMap,
  outputs: string[],
  nodes: readonly NodeDef[],
): tf.Tensor[] {
  const run = (names: string[]) => [model.execute(feeds, names)].flat()
  try {
    return run(outputs)
  } catch (cause) {
    const { message } = cause as Error
    const unknown = message.match(/^Unknown op '(.+?)'/)?.[1]
    if (unknown === undefined) {
      const node = failingNode(nodes, outputs, run)
      throw node === undefined ? cause : new Error(`the node '${node.name}' (${node.op}): ${message}`, { cause })
    }
    throw new Error(`graph models with op ${unknown} are not converted: tfjs has no such op`, { cause })
  }
}

function inputOf(
  name: string,
  { shape, dtype }: { readonly shape?: number[]; readonly dtype: string },
  idCount: number | undefined,
): ProgramInput {
  if (!Array.isArray(shape)) throw new Error(`the input '${name}' states no shape; its rank must be known`)
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw new Error(`the input '${name}' is of type ${dtype}; float32, int32 and bool are converted`)
  }
  const stated = shape.map((size) => (size < 0 ? null : size))
  return { name, shape: stated, type: dtype, ...(idCount === undefined ? {} : { idCount }) }
}

/** The fewest rows of all tables of weights that Gather reads with the placeholder itself, or a Cast of it. */
function rowsLookedUp(nodes: readonly NodeDef[], placeholder: string, { weightSpecs }: tf.io.ModelArtifacts) {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const sourceOf = (input: string): string => {
    const node = byName.get(nodeName(input))
    return node !== undefined && ['Cast', 'Identity'].includes(node.op) ? sourceOf(node.input![0]!) : nodeName(input)
  }
  const rows = nodes.flatMap(({ op, input = [] }) => {
    if (!['Gather', 'GatherV2', 'ResourceGather'].includes(op) || sourceOf(input[1]!) !== placeholder) return []
    const table = weightSpecs?.find(({ name }) => name === sourceOf(input[0]!))
    return table?.shape[0] === undefined ? [] : [table.shape[0]]
  })
  return rows.length === 0 ? undefined : Math.min(...rows)
}

/** Walks from the outputs to what they need: an op elsewhere in the file hurts nobody. */
function refuseUntraceable(nodes: readonly NodeDef[], wanted: readonly string[]): void {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const read = new Set(nodes.flatMap((node) => (node.input ?? []).map(nodeName)))
  const ends = wanted.length > 0 ? wanted.map(nodeName) : nodes.map((n) => n.name).filter((name) => !read.has(name))
  const needed = new Set<string>(ends)
  for (const name of needed) {
    const node = byName.get(name)
    if (node === undefined) throw new Error(`the graph has no node '${name}' that an output or another node names`)
    const [why] = Object.entries(REFUSED).find(([, ops]) => ops.includes(node.op)) ?? []
    if (why !== undefined) throw new Error(`graph models with ${why} (op ${node.op}) are not converted`)
    for (const input of node.input ?? []) needed.add(nodeName(input))
  }
}
