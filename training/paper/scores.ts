/** From the scores of cases to one number a subject, and from subjects to what a table holds. */
import { mean } from '../evaluation/statistics.ts'
import type { CaseResult } from './result.ts'

/** Subject name → score of one label, averaged over the seeds that define it; subjects no seed defines are left out. */
export type SubjectMeans = ReadonlyMap<string, number>

/** `cases` are of one scenario and one method, each of another seed; `label` is a joint label value. */
export function overSeeds(cases: readonly CaseResult[], measure: 'dice' | 'hd95Mm', label: number): SubjectMeans {
  const scores = new Map<string, number[]>()
  for (const subject of cases.flatMap((found) => found.subjects)) {
    const score = subject[measure][label]
    if (score === null || score === undefined) continue
    scores.set(subject.name, [...(scores.get(subject.name) ?? []), score])
  }
  return new Map([...scores].map(([name, values]) => [name, mean(values)]))
}

/** The scores of two methods on the subjects both have, in the same order, over the seeds both have. */
export function paired(
  first: readonly CaseResult[],
  second: readonly CaseResult[],
  label: number,
): { readonly a: readonly number[]; readonly b: readonly number[] } {
  const withSeedsOf = (cases: readonly CaseResult[], others: readonly CaseResult[]) =>
    cases.filter(({ seed }) => others.some((other) => other.seed === seed))
  const a = overSeeds(withSeedsOf(first, second), 'dice', label)
  const b = overSeeds(withSeedsOf(second, first), 'dice', label)
  const names = [...a.keys()].filter((name) => b.has(name))
  return { a: names.map((name) => a.get(name)!), b: names.map((name) => b.get(name)!) }
}
