/** What can be expected of scans before they are sent: what cannot be told from them, how long it takes and what it needs. */
import { shownLabels } from '../models/shown-labels.ts'
import { megabytes, tabBytes } from '../scan/facts.ts'
import { estimate } from '../server/estimates.ts'
import type { Card } from '../server/models.ts'
import { counted, duration } from '../words.ts'
import type { Choice } from './choice.ts'

/** By the model's card; nothing of a study, whose series the service chooses. */
export function whatIsMissing(card: Card, { slots, study }: Choice): string {
  if (study !== null) return ''
  const sent = card.channels.map(({ name }) => name).filter((name) => slots[name] !== undefined)
  const { not, poor } = shownLabels(card, sent)
  const missing = not.length === 0 ? '' : `Not assessable from this: ${not.join(', ')}. `
  return `${missing}${poor.length === 0 ? '' : `Of low reliability from this: ${poor.join(', ')}. `}`
}

/** In sentences; empty where no header could be read. */
export async function whatItTakes(card: Card, { slots }: Choice, signal: AbortSignal): Promise<string> {
  const heads = Object.entries(slots).flatMap(([channel, { head }]) =>
    head === null ? [] : [[channel, head] as const],
  )
  if (heads.length === 0) return ''
  const { seconds, ofJobs, peakMib, waiting } = await estimate(card.id, Object.fromEntries(heads), signal)
  const tab = heads.reduce((sum, [, head]) => sum + tabBytes(head), 0)
  return [
    seconds === null
      ? 'How long it takes is not known before the first result here.'
      : `It takes about ${duration(seconds)}, as ${counted(ofJobs, 'earlier one')} here did.`,
    waiting > 0 && `${counted(waiting, 'other waits', 'others wait')} before it.`,
    peakMib !== null && `The service needs about ${peakMib} MiB for it,`,
    `${peakMib === null ? 'This' : 'this'} tab about ${megabytes(tab)} to show it.`,
  ]
    .filter((part) => part !== false)
    .join(' ')
}
