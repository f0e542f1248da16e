/** A tfjs layers model as a program. */
import * as tf from '@tensorflow/tfjs-core'
import { type LayersModel, loadLayersModel, Sequential } from '@tensorflow/tfjs-layers'
// The layer classes of our own that a model.json may name register themselves.
import '../layers/block3d.ts'
import '../layers/group-norm.ts'
import '../layers/instance-norm.ts'
import '../layers/rank-five-norms.ts'
import '../layers/upsampling3d.ts'
import { keras2Topology } from './keras/topology.ts'
import { variableNames } from './keras/weight-names.ts'
import type { InputType, Program } from './program.ts'
import { onnxNames } from './program.ts'

/** Keras layers whose content is Python code, which a model.json cannot hold. */
const PYTHON = ['function', 'Lambda', 'TFOpLambda', 'SlicingOpLambda', 'TensorFlowOpLayer']

/**
 * The layers model of `artifacts`, whichever Keras wrote it.
 * @throws where it names a layer that neither tfjs nor this project has, holds code in place of a layer, asks for what
 * tfjs leaves out, or has other weights than the file
 */
export async function readLayersModel(artifacts: tf.io.ModelArtifacts): Promise<LayersModel> {
  return (await readNoted(artifacts)).model
}

/** The same as a program, with what it does otherwise than Keras. */
export async function readLayersProgram(artifacts: tf.io.ModelArtifacts): Promise<Program> {
  const { model, notes } = await readNoted(artifacts)
  return { ...layersProgram(model), notes }
}

async function readNoted(artifacts: tf.io.ModelArtifacts) {
  const { topology, notes } = keras2Topology(artifacts.modelTopology as object)
  const model = await buildModel(topology)
  setWeights(model, artifacts)
  return { model, notes }
}

async function buildModel(modelTopology: object): Promise<LayersModel> {
  try {
    const model = await loadLayersModel(tf.io.fromMemory({ modelTopology }))
    // A Sequential model has no inputs before it is built.
    if (model instanceof Sequential && !model.built) model.build()
    nameFailures(model)
    return model
  } catch (cause) {
    throw new Error(explain((cause as Error).message), { cause })
  }
}

/** tfjs says what went wrong in a layer, and not in which. */
function nameFailures(model: LayersModel): void {
  for (const layer of model.layers) {
    if ('layers' in layer) {
      nameFailures(layer as LayersModel)
      continue
    }
    const call = layer.call.bind(layer)
    layer.call = (inputs, kwargs) => {
      try {
        return call(inputs, kwargs)
      } catch (cause) {
        const message = (cause as Error).message
        throw new Error(`the layer '${layer.name}' (${layer.getClassName()}): ${message}`, { cause })
      }
    }
  }
}

function setWeights(model: LayersModel, { weightData, weightSpecs = [] }: tf.io.ModelArtifacts): void {
  const variables = model.layers.map((layer) =>
    layer.weights.map(({ originalName, shape }) => ({ name: originalName, shape: shape as number[] })),
  )
  const names = variableNames(variables, weightSpecs)
  const tensors = tf.io.decodeWeights(weightData!, [...weightSpecs])
  const named = [...names].map(([weight, variable]) => [variable, tensors[weight]!] as const)
  model.loadWeights(Object.fromEntries(named))
  tf.dispose(tensors)
}

function explain(message: string): string {
  const [, role, name] = message.match(/^Unknown ([\w ]+?): (\S+?)\. /) ?? []
  if (role === undefined || name === undefined) return `tfjs cannot load this layers model: ${message.split('\n')[0]}`
  if (PYTHON.includes(name)) {
    return `the model has a layer of class '${name}', which is Python code; rebuild it from layers that tfjs has`
  }
  return `the model has ${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role} '${name}'; known are those of tfjs-layers 4 and this project's own`
}

/** The model with its inputs and outputs under the names of their layers. */
export function layersProgram(model: LayersModel): Program {
  const inputNames = onnxNames(model.inputNames)
  const outputs = onnxNames(model.outputNames, inputNames)
  const inputs = model.inputs.map(({ shape, dtype }, i) => {
    const rows = embeddingRows(model, model.inputNames[i]!)
    return {
      name: inputNames[i]!,
      shape,
      type: typeOf(inputNames[i]!, dtype),
      ...(rows === undefined ? {} : { idCount: rows }),
    }
  })
  return {
    inputs,
    outputs,
    run(values) {
      const given = inputNames.map((name) => values[name]!)
      const result = model.apply(given.length === 1 ? given[0]! : given, { training: false })
      const list = (Array.isArray(result) ? result : [result]) as tf.Tensor[]
      return Object.fromEntries(list.map((tensor, i) => [outputs[i]!, tensor]))
    },
  }
}

function typeOf(name: string, dtype: tf.DataType): InputType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype
  throw new Error(`the input '${name}' is of type ${dtype}; float32, int32 and bool are converted`)
}

/** The fewest rows of all embeddings that read the input itself. */
function embeddingRows(model: LayersModel, input: string): number | undefined {
  const rows = model.layers.flatMap((layer) => {
    if (layer.getClassName() !== 'Embedding') return []
    const feeds = layer.inboundNodes.flatMap((node) => node.inboundLayers.map((inbound) => inbound.name))
    const isFirst = feeds.length === 0 && model.layers[0] === layer
    return feeds.includes(input) || isFirst ? [Number(layer.getConfig()['inputDim'])] : []
  })
  return rows.length === 0 ? undefined : Math.min(...rows)
}
