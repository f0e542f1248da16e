/** What the scans that were sent cannot show, by the card, and what they show poorly. */
import type { LabelSet } from '../labels/label-set.ts'
import type { Assessed } from '../model/assessment.ts'
import type { Warning } from '../warnings.ts'

export function assessmentWarnings({ channels, notAssessable, lowReliability }: Assessed, labels: LabelSet): Warning[] {
  const from = `from ${channels.length === 1 ? `${channels[0]} alone` : channels.join(' and ')}`
  const named = (values: readonly number[]): string => values.map((value) => labels[value]!.name).join(', ')
  return [
    ...(notAssessable.length === 0
      ? []
      : [{ code: 'not-assessable' as const, message: `${named(notAssessable)} cannot be seen ${from}` }]),
    ...(lowReliability.length === 0
      ? []
      : [{ code: 'low-reliability' as const, message: `${named(lowReliability)} ${from}: measured to be poor` }]),
  ]
}
