/** Transfer: a run begins with the weights of another, where they fit. */
import { LESION, OEDEMA, TUMOUR } from '../method/label-sets.ts'
import type { TrainingState } from '../method/step.ts'

export interface Started {
  readonly weights: TrainingState
  /** Names of the weights that keep their random start: the other run has none of that name and length. */
  readonly fresh: readonly string[]
  /** Names of the weights of which the other run had those of some classes. */
  readonly widened: readonly string[]
}

/** What each output channel of a network of one head stands for (label-sets.ts), and the shapes of its weights. */
export interface Classes {
  readonly own: readonly number[]
  readonly other: readonly number[]
  readonly shapes: Readonly<Record<string, readonly number[]>>
}

/**
 * For each of `own` the weight of the same name and length in `other` (a checkpoint's running mean), or its own. With `classes`, a
 * weight that differs in the number of classes only takes what it finds class by class; a lesion that the other lacks starts as the one
 * that looks most like it, any other class at 0.
 * Throws where none fits: the run would start at random without anyone noticing.
 */
export function startFrom(own: TrainingState, other: TrainingState, classes?: Classes): Started {
  const [fresh, widened]: [string[], string[]] = [[], []]
  const weights = Object.entries(own).map(([name, values]): [string, Float32Array] => {
    const found = other[name]
    if (found?.length === values.length) return [name, found.slice()]
    const wide = found && classes && byClass(found, classes.shapes[name]!, classes)
    ;(wide ? widened : fresh).push(name)
    return [name, wide ?? values.slice()]
  })
  if (fresh.length === weights.length) throw new Error('no weight of the run to start from fits this network')
  return { weights: Object.fromEntries(weights), fresh, widened }
}

/** Told apart by training: from 0 a tumour was not found after 4700 steps. */
const ALIKE: ReadonlyMap<number, number> = new Map([
  [LESION, OEDEMA],
  [OEDEMA, LESION],
  [TUMOUR, OEDEMA],
])

/**
 * Of the one axis whose length is a multiple of the classes (channels of a folded block: block by block, classes within, as in
 * compile/layers/block3d.ts); undefined where no axis explains the length.
 */
function byClass(found: Float32Array, shape: readonly number[], { own, other }: Classes): Float32Array | undefined {
  const length = shape.reduce((product, size) => product * size, 1)
  const axes = shape.flatMap((size, axis) =>
    size % own.length === 0 && (length / own.length) * other.length === found.length ? [axis] : [],
  )
  const [axis] = axes
  if (axis === undefined || axes.length > 1) return undefined
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  const wide = new Float32Array(length)
  for (let row = 0; row < length / inner / own.length; row++) {
    for (const [to, name] of own.entries()) {
      const from = other.includes(name) ? other.indexOf(name) : other.indexOf(ALIKE.get(name) ?? name)
      if (from < 0) continue
      const start = (row * other.length + from) * inner
      wide.set(found.subarray(start, start + inner), (row * own.length + to) * inner)
    }
  }
  return wide
}
