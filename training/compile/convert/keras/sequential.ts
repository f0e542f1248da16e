/**
 * Sequential models. tfjs wants the shape of the input at the first layer; Keras 2 may state it beside the layers, or,
 * in a Sequential model inside of another, leave it to the layer before.
 */
import { type Described, isDescribed, type JsonObject } from './json.ts'

/** The same model with its shape at the first layer, where it is stated at all. */
export function sequentialConfig(config: JsonObject): JsonObject {
  if (!Array.isArray(config['layers'])) return config
  const layers = config['layers'].flatMap(unpacked)
  const [first, ...others] = layers
  const shape = config['build_input_shape']
  if (!isDescribed(first) || statesShape(first) || !Array.isArray(shape)) return { ...config, layers }
  return { ...config, layers: [{ ...first, config: { ...first.config, batch_input_shape: shape } }, ...others] }
}

/** Layers of an inner model without a shape stand as well in the outer one. */
function unpacked(layer: unknown): unknown[] {
  if (!isDescribed(layer) || layer.class_name !== 'Sequential' || statesShape(layer)) return [layer]
  return Array.isArray(layer.config['layers']) ? layer.config['layers'] : [layer]
}

/** A functional model has input layers, which state theirs. */
export function statesShape({ class_name, config }: Described): boolean {
  if (Array.isArray(config['batch_input_shape'])) return true
  if (class_name !== 'Sequential') return Array.isArray(config['layers'])
  const [first] = Array.isArray(config['layers']) ? config['layers'] : []
  return isDescribed(first) && statesShape(first)
}
