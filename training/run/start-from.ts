/** Transfer: a run begins with the weights of another, where they fit. */
import type { TrainingState } from '../method/step.ts'

export interface Started {
  readonly weights: TrainingState
  /** Names of the weights that keep their random start: the other run has none of that name and length. */
  readonly fresh: readonly string[]
}

/**
 * For each of `own` the weight of the same name and length in `other` (a checkpoint's running mean), or its own.
 * Throws where none fits: the run would start at random without anyone noticing.
 */
export function startFrom(own: TrainingState, other: TrainingState): Started {
  const fits = (name: string) => other[name]?.length === own[name]!.length
  const names = Object.keys(own)
  const fresh = names.filter((name) => !fits(name))
  if (fresh.length === names.length) throw new Error('no weight of the run to start from fits this network')
  return {
    weights: Object.fromEntries(names.map((name) => [name, (fits(name) ? other[name]! : own[name]!).slice()])),
    fresh,
  }
}
