/**
 * Which weight of the file belongs to which variable of tfjs. Keras 3 writes the whole path to a weight; tfjs knows the
 * layer and the weight: sequential/conv2d/kernel → conv2d/kernel, sequential/lstm/lstm_cell/kernel → lstm/kernel.
 */

export interface Named {
  readonly name: string
  readonly shape: readonly number[]
}

/** Keras 3 calls these weights 'kernel'. */
const OTHER_ENDS: Readonly<Record<string, readonly string[]>> = { kernel: ['depthwise_kernel'] }
/** The state of the random numbers that a Dropout draws in training. */
const NO_WEIGHT = /(^|\/)seed_generator(_\d+)?\//

/**
 * For every weight of the file that is one of the model, the variable's name.
 * @param layers the variables of each layer, in tfjs's order
 * @throws where a weight has no variable, a variable no weight or two, or their shapes differ: with both names
 */
export function variableNames(
  layers: readonly (readonly Named[])[],
  weights: readonly Named[],
): ReadonlyMap<string, string> {
  const variables = new Map<string, Named>()
  const byPlace = new Map<string, string>()
  for (const own of layers) {
    for (const [place, variable] of own.entries()) {
      if (variables.has(variable.name)) {
        throw new Error(`two layers of the model have a weight '${variable.name}'; tfjs tells them apart by name only`)
      }
      variables.set(variable.name, variable)
      byPlace.set(variable.name.replace(/[^/]+$/, String(place)), variable.name)
    }
  }
  const found = new Map<string, string>()
  const weightOf = new Map<string, string>()
  for (const weight of weights.filter(({ name }) => !NO_WEIGHT.test(name))) {
    const name = candidates(weight.name)
      .map((candidate) => byPlace.get(candidate) ?? candidate)
      .find((candidate) => variables.has(candidate))
    if (name === undefined) {
      throw new Error(
        `the weight '${weight.name}' belongs to no layer of the model; its weights are ${list(variables)}`,
      )
    }
    if (weightOf.has(name)) {
      throw new Error(`the weights '${weightOf.get(name)}' and '${weight.name}' both stand for '${name}' of the model`)
    }
    const { shape } = variables.get(name)!
    if (shape.join() !== weight.shape.join()) {
      throw new Error(`the weight '${weight.name}' is [${weight.shape}], and '${name}' of the model is [${shape}]`)
    }
    found.set(weight.name, name)
    weightOf.set(name, weight.name)
  }
  const without = [...variables.keys()].filter((name) => !weightOf.has(name))
  if (without.length > 0) throw new Error(`the file has no weight for ${list(without)}`)
  return found
}

/** From the whole path to its last two parts: as it is, without the cell of a recurrent layer, with another end. */
function candidates(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== 'vars')
  const starts = parts.slice(0, -1).map((_, i) => parts.slice(i))
  return (starts.length === 0 ? [parts] : starts).flatMap((tail) => {
    const end = tail.at(-1)!
    const [whole, cell] = [tail.slice(0, -1), tail.slice(0, -2)]
    const ends = [end, ...(OTHER_ENDS[end] ?? [])]
    const folders = cell.length > 0 ? [whole, cell] : [whole]
    return folders.flatMap((folder) => ends.map((last) => [...folder, last].join('/')))
  })
}

function list(names: Iterable<string> | ReadonlyMap<string, unknown>): string {
  const all = names instanceof Map ? [...names.keys()] : [...(names as Iterable<string>)]
  return all.length > 6 ? `${all.slice(0, 6).join(', ')} and ${all.length - 6} more` : all.join(', ')
}
