/** The evaluation of a card, label by label: the median over subjects, its range and how many there were. */
import type { Card } from '../server/models.ts'

export interface Score {
  readonly label: string
  /** The scans that the subjects were given: t1, t1 + flair, … */
  readonly from: string
  readonly median: number
  readonly lowest: number
  readonly highest: number
  readonly n: number
}

type Subject = Card['evaluation']['subjects'][number]

/** A subject's note begins with its channels ("t1 + flair; real T1 …"); nothing without a score is counted. */
export function scoresOf(subjects: readonly Pick<Subject, 'note' | 'dice'>[]): readonly Score[] {
  const groups = new Map<string, number[]>()
  for (const { note, dice } of subjects) {
    const from = note.split(';')[0]!.trim()
    for (const [label, score] of Object.entries(dice)) {
      if (score === null) continue
      const key = `${label}\n${from}`
      groups.set(key, [...(groups.get(key) ?? []), score])
    }
  }
  return [...groups].map(([key, scores]) => {
    const [label, from] = key.split('\n') as [string, string]
    const sorted = scores.toSorted((a, b) => a - b)
    const middle = (sorted.length - 1) / 2
    const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
    return { label, from, median, lowest: sorted[0]!, highest: sorted.at(-1)!, n: sorted.length }
  })
}
