/**
 * How layers are joined. Keras 2: inbound_nodes holds, for each call of the layer, a list of [layer, call, output, {}].
 * Keras 3: {args, kwargs} for each call, a tensor being an object of class __keras_tensor__ with its keras_history.
 */
import { isDescribed, isObject, type JsonObject } from './json.ts'

/** [name of the layer, which of its calls, which of that call's outputs] */
type End = readonly [string, number, number]

/**
 * The calls of a layer as Keras 2 writes them; what is Keras 2 already is kept.
 * @param who the layer in words, for refusals
 * @throws where a call holds what a list of tensors cannot say
 */
export function keras2Nodes(nodes: unknown, who: string): unknown {
  if (!Array.isArray(nodes)) return nodes
  // Some converters took away the brackets around what there is one of; tfjs then never ends.
  if (typeof nodes[0] === 'string') return [[nodes]]
  return nodes.map((node: unknown) => {
    if (Array.isArray(node)) return typeof node[0] === 'string' ? [node] : node
    return isObject(node) && Array.isArray(node['args']) ? endsOfCall(node, who) : node
  })
}

function endsOfCall({ args, kwargs }: JsonObject, who: string): unknown[] {
  const given = args as readonly unknown[]
  const tensors = given.length === 1 && Array.isArray(given[0]) ? (given[0] as readonly unknown[]) : given
  const isOneArgument = given.length === 1
  const ends = tensors.map(historyOf)
  if (!isOneArgument || ends.some((end) => end === undefined)) {
    throw new Error(
      `${who} is called with ${isOneArgument ? 'what is no tensor' : `${given.length} arguments`}; ` +
        'the layers of tfjs take one tensor, or one list of tensors',
    )
  }
  for (const [name, value] of Object.entries(isObject(kwargs) ? kwargs : {})) {
    if (value === null || (name === 'training' && value === false)) continue
    throw new Error(`${who} is called with '${name}'; the layers of tfjs take nothing but tensors`)
  }
  return ends.map((end) => [...end!, {}])
}

function historyOf(value: unknown): End | undefined {
  if (!isDescribed(value) || value.class_name !== '__keras_tensor__') return undefined
  const history = value.config['keras_history']
  return Array.isArray(history) && history.length === 3 ? (history as unknown as End) : undefined
}

/**
 * input_layers and output_layers as a list of ends. Keras 3 writes one end without the list, and more than one in the
 * structure (a list, a dictionary) that the model was made with.
 */
export function keras2Ends(value: unknown): unknown[] {
  if (Array.isArray(value)) return typeof value[0] === 'string' ? [value] : value.flatMap(keras2Ends)
  return isObject(value) ? Object.values(value).flatMap(keras2Ends) : []
}
