/** On the grid of which scan the labels lie. */
import { FaultError } from '../errors.ts'
import type { Pipeline } from '../model/card.ts'

/** Checks the channels that were sent against the card; the one whose grid the labels lie on. */
export function chooseGridChannel(sent: readonly string[], card: Pipeline, gridChannel?: string): string {
  const known = card.channels.map(({ name }) => name)
  const stranger = sent.find((name) => !known.includes(name))
  const missing = known.filter((name) => !sent.includes(name))
  const first = known.find((name) => sent.includes(name))
  if (stranger !== undefined) {
    throw new FaultError('unknown-channel', `model ${card.id} knows no such channel; it takes ${known.join(', ')}`)
  }
  if (first === undefined)
    throw new FaultError('no-scan', `no scan was sent; model ${card.id} takes ${known.join(', ')}`)
  if (card.required === 'all' && missing.length > 0) {
    throw new FaultError(
      'channels-missing',
      `model ${card.id} needs ${known.join(', ')}; missing: ${missing.join(', ')}`,
    )
  }
  if (gridChannel === undefined) return first
  if (sent.includes(gridChannel)) return gridChannel
  throw new FaultError('grid-channel-missing', `the grid must be that of a channel that was sent: ${sent.join(', ')}`)
}
