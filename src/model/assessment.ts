/**
 * Which labels the channels that were sent can show. Not every scan shows everything: hyperintensities are hardly visible in a
 * T1, and a network that was not given the FLAIR finds none, which is not the same as that there are none. The card says it
 * of each set of channels of which its evaluation showed it; of another set and of other labels there is nothing to say.
 */
import { z } from 'zod'
import type { LabelSet } from '../labels/label-set.ts'

/**
 * By the mean Dice of the evaluation, on real scans where there are some. `none`: below 0.1; the label is not given. `low`: below
 * 0.5, or 0.1 and more below what all channels give on the same cases; it is given, with a warning.
 */
const verdictSchema = z.enum(['none', 'low'])

export const assessmentSchema = z.array(
  z.strictObject({
    /** Exactly these were sent; names of the card's channels. */
    channels: z.array(z.string()).min(1),
    labels: z
      .array(
        z.strictObject({
          /** Name of one of the card's labels. */
          label: z.string(),
          verdict: verdictSchema,
          /** What was measured, on how many cases of what kind; for people. */
          evidence: z.string().min(1),
        }),
      )
      .min(1),
  }),
)

export type Assessment = z.infer<typeof assessmentSchema>

/** Values of labels. */
export interface Assessed {
  /** The channels that the network saw, in the card's order. */
  readonly channels: readonly string[]
  readonly notAssessable: readonly number[]
  readonly lowReliability: readonly number[]
}

export interface AssessedCard {
  readonly channels: readonly { readonly name: string }[]
  readonly labels: LabelSet
  readonly assessment?: Assessment | undefined
}

export function assessedBy(shown: Iterable<string>, { channels, labels, assessment = [] }: AssessedCard): Assessed {
  const names = new Set(shown)
  const entry = assessment.find(
    ({ channels: set }) => set.length === names.size && set.every((name) => names.has(name)),
  )
  const valuesOf = (verdict: z.infer<typeof verdictSchema>) =>
    labels.flatMap(({ name, value }) =>
      entry?.labels.some((one) => one.label === name && one.verdict === verdict) ? [value] : [],
    )
  return {
    channels: channels.map(({ name }) => name).filter((name) => names.has(name)),
    notAssessable: valuesOf('none'),
    lowReliability: valuesOf('low'),
  }
}

/** What is wrong with an assessment of these channels and labels; undefined where nothing is. */
export function faultOfAssessment({ channels, labels, assessment = [] }: AssessedCard): string | undefined {
  const sets = new Set<string>()
  for (const entry of assessment) {
    const stranger = entry.channels.find((name) => !channels.some((channel) => channel.name === name))
    if (stranger !== undefined) return `no channel is called ${stranger}`
    const set = [...new Set(entry.channels)].sort().join(' + ')
    if (sets.has(set)) return `${set} is assessed twice`
    sets.add(set)
    const unknown = entry.labels.find(({ label }) => !labels.some(({ name, value }) => value > 0 && name === label))
    if (unknown !== undefined) return `no label that a scan can show is called ${unknown.label}`
    if (new Set(entry.labels.map(({ label }) => label)).size < entry.labels.length)
      return `${set}: a label stands twice`
  }
  return undefined
}
