/**
 * The mean of the weights of runs that start from each other: it often labels better than each of them (Izmailov et al. 2018,
 * arXiv 1803.05407; Wortsman et al. 2022, arXiv 2203.05482).
 */
import type { Checkpoint } from './checkpoint.ts'

const namesOf = ({ mean }: Checkpoint): string => Object.keys(mean).sort().join()

/**
 * The last run's step and time with the mean of all running means; without an optimiser's state, for nothing goes on from it.
 * @throws where the runs have not the same weights
 */
export function averageCheckpoints(runs: ReadonlyMap<string, Checkpoint>): Checkpoint {
  const [lastName, last] = [...runs].at(-1)!
  const mean: Record<string, Float32Array> = {}
  for (const [name, run] of runs)
    if (namesOf(run) !== namesOf(last)) throw new Error(`${name} has other weights than ${lastName}`)
  for (const [weight, { length }] of Object.entries(last.mean)) {
    const all = [...runs.values()].map((run) => run.mean[weight]!)
    if (all.some((values) => values.length !== length)) throw new Error(`${weight} is not of the same size in all runs`)
    mean[weight] = Float32Array.from(
      { length },
      (_, i) => all.reduce((sum, values) => sum + values[i]!, 0) / all.length,
    )
  }
  return { step: last.step, seconds: last.seconds, state: {}, mean }
}
