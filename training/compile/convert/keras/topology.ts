/**
 * The topology of a layers model in the words of Keras 2, which tfjs-layers 4 reads, whichever Keras wrote it. Only
 * what the model computes is kept: how weights were drawn, regularised and bound is of no use to a trained model.
 */
import { type Described, isDescribed, isObject, type JsonObject, layerText } from './json.ts'
import { keras2Ends, keras2Nodes } from './nodes.ts'
import { sequentialConfig, statesShape } from './sequential.ts'
import { policyName, refuseUnlike, unlikeNotes } from './unlike.ts'

export interface Keras2 {
  readonly topology: object
  /** Where the graph does as tfjs does and Keras does not: one sentence for each. */
  readonly notes: readonly string[]
}

interface Writer {
  readonly isKeras3: boolean
  /** tfjs wrote the file: what it does is what was meant. */
  readonly isTfjs: boolean
  readonly notes: string[]
}

/** @throws where Keras means what tfjs cannot do, by the layer and the key */
export function keras2Topology(topology: object): Keras2 {
  const model = 'model_config' in topology ? topology.model_config : topology
  const stated = 'keras_version' in topology ? String(topology.keras_version) : undefined
  const writer = {
    isKeras3: stated === undefined ? hasKeras3Words(model) : /^[3-9]\./.test(stated),
    isTfjs: stated?.startsWith('tfjs') === true,
    notes: [],
  }
  const adapted = adapt(model, 'the model', writer)
  if (isDescribed(adapted) && adapted.class_name === 'Sequential') requireShape(adapted)
  return { topology: { ...topology, model_config: adapted } as object, notes: writer.notes }
}

/** batch_shape, dtype policies and args stand in no file of Keras 2. */
function hasKeras3Words(model: unknown): boolean {
  return /"batch_shape":|"DTypePolicy"|"__keras_tensor__"/.test(JSON.stringify(model))
}

/** @param owner the layer that the value is part of, in words */
function adapt(value: unknown, owner: string, writer: Writer): unknown {
  if (Array.isArray(value)) return value.map((item) => adapt(item, owner, writer))
  if (!isObject(value)) return value
  const who = isDescribed(value) ? layerText(value) : owner
  const made = Object.entries(value).map(([key, inner]) => adaptEntry(key, inner, who, writer))
  const object: JsonObject = Object.fromEntries(made)
  return isDescribed(object) && isDescribed(value) ? adaptDescribed(object, value, writer) : object
}

function adaptEntry(key: string, value: unknown, who: string, writer: Writer): readonly [string, unknown] {
  if (key === 'batch_shape') return ['batch_input_shape', value]
  if (key === 'dtype') return [key, floatOf(value, who)]
  if (key.endsWith('_initializer')) return [key, { class_name: 'Zeros', config: {} }]
  if (key.endsWith('_regularizer') || key.endsWith('_constraint')) return [key, null]
  if (key === 'inbound_nodes') return [key, keras2Nodes(value, who)]
  if (key === 'input_layers' || key === 'output_layers') return [key, keras2Ends(value)]
  // Keras 3 calls by this name what Keras 2 and tfjs call swish.
  if (key.endsWith('activation') && value === 'silu') return [key, 'swish']
  return [key, adapt(value, who, writer)]
}

/** tfjs has one type of numbers with a point; a policy is a type to compute in and one to keep weights in. */
function floatOf(dtype: unknown, who: string): unknown {
  const name = policyName(dtype)
  if (name === undefined) return dtype
  if (/^(mixed_)?b?float\d+$/.test(name)) return 'float32'
  if (typeof dtype === 'string') return dtype
  throw new Error(`${who} has the policy '${name}', which tfjs cannot run; convert the model before it is quantised`)
}

function adaptDescribed(object: Described, written: Described, writer: Writer): Described {
  const { class_name, config } = object
  if (/^keras\.(src\.)?ops\b/.test(String(written['module'] ?? ''))) {
    throw new Error(
      `${layerText(written)} is an operation (${written['module']}), which tfjs cannot run; ` +
        'a layer of keras.layers in its place can be converted',
    )
  }
  if (!writer.isTfjs) {
    refuseUnlike(object, writer.isKeras3)
    writer.notes.push(...unlikeNotes(object, written.config))
  }
  if (class_name === 'LeakyReLU' && config['alpha'] === undefined && config['negative_slope'] !== undefined) {
    return { ...object, config: { ...config, alpha: config['negative_slope'] } }
  }
  if (class_name === 'BatchNormalization' && Array.isArray(config['axis']) && config['axis'].length === 1) {
    return { ...object, config: { ...config, axis: config['axis'][0] } }
  }
  if (class_name === 'Sequential') return { ...object, config: sequentialConfig(config) }
  if (Array.isArray(config['layers'])) config['layers'].filter(isDescribed).forEach(requireShape)
  return object
}

/** @throws where a Sequential model does not say what it takes: tfjs builds it before it is called */
function requireShape(layer: Described): void {
  if (layer.class_name !== 'Sequential' || statesShape(layer)) return
  throw new Error(
    `the Sequential model '${layer.config['name']}' states no shape of its input (batch_shape, batch_input_shape or ` +
      'build_input_shape), which tfjs needs; begin it with an Input layer and save it again',
  )
}
