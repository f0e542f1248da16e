/** A tfjs layers model as a program. */
import * as tf from '@tensorflow/tfjs-core'
import { type LayersModel, loadLayersModel, Sequential } from '@tensorflow/tfjs-layers'
// The layer classes of our own that a model.json may name register themselves.
import '../layers/block3d.ts'
import '../layers/group-norm.ts'
import '../layers/instance-norm.ts'
import '../layers/rank-five-norms.ts'
import '../layers/upsampling3d.ts'
import type { InputType, Program } from './program.ts'
import { onnxNames } from './program.ts'

/** Keras layers whose content is Python code, which a model.json cannot hold. */
const PYTHON = ['Lambda', 'TFOpLambda', 'SlicingOpLambda', 'TensorFlowOpLayer']

/**
 * The layers model of `artifacts`.
 * @throws where it names a layer that neither tfjs nor this project has, or holds code in place of a layer
 */
export async function readLayersModel(artifacts: tf.io.ModelArtifacts): Promise<LayersModel> {
  try {
    const model = await loadLayersModel(tf.io.fromMemory(withoutOrthogonal(artifacts)))
    // A Sequential model has no inputs before it is built.
    if (model instanceof Sequential && !model.built) model.build()
    return model
  } catch (cause) {
    throw new Error(explain((cause as Error).message), { cause })
  }
}

/**
 * tfjs draws initial weights before it reads the stored ones. Its orthogonal ones, which every recurrent layer names,
 * take a QR decomposition in JavaScript and methods that only the whole of tfjs has; zeros are overwritten just as well.
 */
function withoutOrthogonal(artifacts: tf.io.ModelArtifacts): tf.io.ModelArtifacts {
  const zeros = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && 'class_name' in value && value.class_name === 'Orthogonal'
      ? { class_name: 'Zeros', config: {} }
      : value
  return { ...artifacts, modelTopology: JSON.parse(JSON.stringify(artifacts.modelTopology), zeros) as object }
}

function explain(message: string): string {
  const [, role, name] = message.match(/^Unknown ([\w ]+?): (\S+?)\. /) ?? []
  if (role === undefined || name === undefined) return `tfjs cannot load this layers model: ${message.split('\n')[0]}`
  if (PYTHON.includes(name)) {
    return `the model has a layer of class '${name}', which is Python code; rebuild it from layers that tfjs has`
  }
  return `the model has a ${role} '${name}'; known are those of tfjs-layers 4 and this project's own`
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
