/**
 * The least cost near a start, without slopes: one number after the other is moved by a step and back, and the steps
 * are halved when no move helps (coordinate search with a pattern move, Hooke and Jeeves 1961). Deterministic.
 */

export interface Minimum {
  readonly at: readonly number[]
  readonly cost: number
}

/** @param steps the first steps, one a number; the last are `finest` of them (0 … 1) */
export function patternSearch(
  costOf: (at: readonly number[]) => number,
  start: readonly number[],
  steps: readonly number[],
  finest: number,
): Minimum {
  const cost = asked(costOf)
  let best: Minimum = { at: start, cost: cost(start) }
  for (let share = 1; share >= finest; ) {
    const from = best
    best = explore(cost, best, steps, share)
    if (best === from) {
      share /= 2
      continue
    }
    // what helped helps once more, or not
    const further = best.at.map((value, n) => 2 * value - from.at[n]!)
    const leap = { at: further, cost: cost(further) }
    if (leap.cost < best.cost) best = leap
  }
  return best
}

/** A search comes back to where it was: nothing is worked out twice. */
function asked(costOf: (at: readonly number[]) => number): (at: readonly number[]) => number {
  const known = new Map<string, number>()
  return (at) => {
    const key = at.join()
    const cost = known.get(key) ?? costOf(at)
    known.set(key, cost)
    return cost
  }
}

function explore(cost: (at: readonly number[]) => number, from: Minimum, steps: readonly number[], share: number) {
  let best = from
  for (let n = 0; n < steps.length; n++) {
    for (const sign of [1, -1]) {
      const at = best.at.with(n, best.at[n]! + sign * share * steps[n]!)
      const tried = { at, cost: cost(at) }
      if (tried.cost >= best.cost) continue
      best = tried
      break
    }
  }
  return best
}
