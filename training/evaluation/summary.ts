/** From cases to the rows of a table: what is averaged, what is counted, which cases are the best and the worst. */
import type { LabelScore } from './evaluate.ts'
import type { CaseResult } from './result.ts'
import { mean, standardError } from './statistics.ts'

/** A false lesion of less is what "lesion-free in, lesion-free out" may cost. */
export const FALSE_ML = 1

/** One label over the cases of a group that have it in truth. */
export interface SummaryRow {
  readonly group: string
  readonly input: string
  readonly label: string
  readonly cases: number
  readonly dice: number
  /** Standard error of that mean; NaN for one case. */
  readonly diceError: number
  /** Over the cases in which both maps have the label; NaN for none. */
  readonly hd95Mm: number
  /** Mean of the errors' absolute values. */
  readonly errorMl: number
  /** Only for lesion labels; NaN for others. */
  readonly lesionF1: number
  /** Pearson's correlation of true and found volume; NaN below three cases. */
  readonly volumeR: number
}

/** One label over the cases of a group that have none of it in truth. */
export interface AbsentRow {
  readonly group: string
  readonly input: string
  readonly label: string
  readonly cases: number
  readonly below: number
  readonly largestMl: number
}

interface Scored {
  readonly result: CaseResult
  readonly score: LabelScore
}

/** What is compared with what: only cases that were sent the same channels. */
const inputOf = ({ input, flipAverage }: CaseResult): string =>
  input.join(' + ') + (flipAverage ? ', flips averaged' : '')

/** Cases by group, input and label, in the order in which they come. */
function bundles(results: readonly CaseResult[]): Scored[][] {
  const found = new Map<string, Scored[]>()
  for (const result of results) {
    for (const score of result.scores) {
      const key = JSON.stringify([result.group, inputOf(result), score.label])
      found.set(key, [...(found.get(key) ?? []), { result, score }])
    }
  }
  return [...found.values()]
}

const heading = ([{ result, score }]: readonly [Scored, ...Scored[]]) => ({
  group: result.group,
  input: inputOf(result),
  label: score.label,
})

export function summaryRows(results: readonly CaseResult[]): SummaryRow[] {
  return bundles(results).flatMap((bundle) => {
    const scores = bundle.map(({ score }) => score).filter(({ truthMl }) => truthMl > 0)
    if (scores.length === 0) return []
    const dices = scores.map(({ dice }) => dice ?? 0)
    return {
      ...heading(bundle as [Scored]),
      cases: scores.length,
      dice: mean(dices),
      diceError: standardError(dices),
      hd95Mm: mean(scores.flatMap(({ hd95Mm }) => hd95Mm ?? [])),
      errorMl: mean(scores.map(({ errorMl }) => Math.abs(errorMl))),
      lesionF1: mean(scores.flatMap(({ lesions }) => lesions?.f1 ?? [])),
      volumeR: correlation(
        scores.map(({ truthMl }) => truthMl),
        scores.map(({ foundMl }) => foundMl),
      ),
    }
  })
}

export function absentRows(results: readonly CaseResult[]): AbsentRow[] {
  return bundles(results).flatMap((bundle) => {
    const foundMl = bundle.filter(({ score }) => score.truthMl === 0).map(({ score }) => score.foundMl)
    if (foundMl.length === 0) return []
    const below = foundMl.filter((ml) => ml < FALSE_ML).length
    return { ...heading(bundle as [Scored]), cases: foundMl.length, below, largestMl: Math.max(...foundMl) }
  })
}

/** Higher is better: the mean Dice of the labels in truth; where there are none, less false volume. */
export function quality({ scores }: CaseResult): number {
  const present = scores.filter(({ truthMl }) => truthMl > 0)
  if (present.length > 0) return mean(present.map(({ dice }) => dice ?? 0))
  return -scores.reduce((sum, { foundMl }) => sum + foundMl, 0)
}

/** Of each subject the first case: what the service is given where it has everything. Mirrored cases are left out. */
export function firstOfEach(results: readonly CaseResult[]): readonly CaseResult[] {
  const first = new Map<string, CaseResult>()
  for (const result of results) if (!result.flipAverage && !first.has(result.name)) first.set(result.name, result)
  return [...first.values()]
}

/** By quality, among those in which there is something to be found, where there are any; of one case only the worst. */
export function bestAndWorst(
  results: readonly CaseResult[],
): { readonly which: 'best' | 'worst'; readonly result: CaseResult }[] {
  const present = results.filter(({ scores }) => scores.some(({ truthMl }) => truthMl > 0))
  const sorted = (present.length > 0 ? present : results).toSorted((a, b) => quality(a) - quality(b))
  const [worst, best] = [sorted[0], sorted.at(-1)]
  if (worst === undefined || best === undefined) return []
  const last = { which: 'worst' as const, result: worst }
  return best === worst ? [last] : [{ which: 'best' as const, result: best }, last]
}

/** Pearson's r; NaN below three pairs, where it says nothing. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  if (a.length < 3) return Number.NaN
  const [meanA, meanB] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (const [at, value] of a.entries()) {
    ab += (value - meanA) * (b[at]! - meanB)
    aa += (value - meanA) ** 2
    bb += (b[at]! - meanB) ** 2
  }
  return ab / Math.sqrt(aa * bb)
}
