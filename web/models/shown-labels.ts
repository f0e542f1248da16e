/** Which labels a set of channels can show, by the model's card; of what the card does not say nothing is claimed. */
import type { Card } from '../server/models.ts'

export interface Shown {
  readonly not: readonly string[]
  readonly poor: readonly string[]
}

/** @param channels names of those that are sent, in any order */
export function shownLabels(card: Card, channels: readonly string[]): Shown {
  const set = new Set(channels)
  const said = card.assessment?.find(
    (one) => one.channels.length === set.size && one.channels.every((name) => set.has(name)),
  )
  const withVerdict = (wanted: 'none' | 'low') =>
    (said?.labels ?? []).filter(({ verdict }) => verdict === wanted).map(({ label }) => label)
  return { not: withVerdict('none'), poor: withVerdict('low') }
}
