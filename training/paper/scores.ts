/**
 * From the scores of cases to one number an anatomy: heads that were made of one label map are no two people, so they and the seeds
 * of a method are averaged first.
 */
import { mean } from '../evaluation/statistics.ts'
import type { CaseResult } from './result.ts'

/** Anatomy → score of one label, averaged over the subjects and seeds that define it; anatomies that none defines are left out. */
export type AnatomyMeans = ReadonlyMap<string, number>

/** `cases` are of one scenario and one method, each of another seed; `label` is a joint label value. */
export function byAnatomy(cases: readonly CaseResult[], measure: 'dice' | 'hd95Mm', label: number): AnatomyMeans {
  const scores = new Map<string, number[]>()
  for (const subject of cases.flatMap((found) => found.subjects)) {
    const score = subject[measure][label]
    if (score === null || score === undefined) continue
    scores.set(subject.anatomy, [...(scores.get(subject.anatomy) ?? []), score])
  }
  return new Map([...scores].map(([name, values]) => [name, mean(values)]))
}

/** The scores of two methods on the anatomies both have, in the same order, over the seeds both have. */
export function paired(
  first: readonly CaseResult[],
  second: readonly CaseResult[],
  label: number,
): { readonly a: readonly number[]; readonly b: readonly number[] } {
  const withSeedsOf = (cases: readonly CaseResult[], others: readonly CaseResult[]) =>
    cases.filter(({ seed }) => others.some((other) => other.seed === seed))
  const a = byAnatomy(withSeedsOf(first, second), 'dice', label)
  const b = byAnatomy(withSeedsOf(second, first), 'dice', label)
  const names = [...a.keys()].filter((name) => b.has(name))
  return { a: names.map((name) => a.get(name)!), b: names.map((name) => b.get(name)!) }
}
