/** Chooses what is said of all that was noticed: no cause twice, whether two channels show it or one check leads to another. */
import type { Warning, WarningCode } from '../warnings.ts'

/** Beside a warning, others that its cause brings about are not said. */
const SAME_CAUSE: Partial<Readonly<Record<WarningCode, readonly WarningCode[]>>> = {
  'hounsfield-units': [
    'homogeneous',
    'brightness-cut',
    'brain-doubtful',
    'contrast-order',
    'tissue-shares',
    'implausible',
    'unusual-size',
  ],
  homogeneous: ['brightness-cut', 'brain-doubtful', 'contrast-order', 'tissue-shares', 'implausible'],
  'sequence-doubtful': ['contrast-order'],
  'thin-slab': ['unusual-size', 'brain-doubtful', 'field-of-view-cut'],
  'no-brain': ['brain-doubtful'],
  implausible: ['brain-doubtful', 'contrast-order', 'field-of-view-cut', 'lesion-load'],
}

/**
 * One warning a code, in the order in which the codes came first, and none for what another one's cause explains. Of two
 * channels of which the same is seen both are named: "channels t1, flair: voxels are 6.5 mm apart".
 */
export function oneForEachCause(warnings: readonly Warning[]): Warning[] {
  const explained = new Set(warnings.flatMap(({ code }) => SAME_CAUSE[code] ?? []))
  return [...Map.groupBy(warnings, ({ code }) => code)]
    .filter(([code]) => !explained.has(code))
    .map(([code, own]) => ({ code, message: together(own.map(({ message }) => message)) }))
}

const OF_A_CHANNEL = /^channels? ([a-z0-9, ]+): (.*)$/s

function together(messages: readonly string[]): string {
  const bySeen = new Map<string, string[]>()
  for (const message of messages) {
    const [, channel, seen] = OF_A_CHANNEL.exec(message) ?? [undefined, undefined, message]
    const channels = bySeen.get(seen!) ?? []
    if (channel !== undefined && !channels.includes(channel)) channels.push(channel)
    bySeen.set(seen!, channels)
  }
  return [...bySeen]
    .map(([seen, channels]) => {
      if (channels.length === 0) return seen
      return `channel${channels.length > 1 ? 's' : ''} ${channels.join(', ')}: ${seen}`
    })
    .join('; ')
}
