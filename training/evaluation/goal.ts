/** What a model is meant to reach, as its list states it. */
import { z } from 'zod'

/** A mean of Dice: over the cases of a group that were sent these channels, then over labels. */
const placeSchema = z.strictObject({
  group: z.string(),
  /** 't1', 't1 + flair'; absent: whatever was sent. */
  input: z.string().optional(),
  labels: z.array(z.string()).min(1),
})

export const goalSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dice'), text: z.string(), of: placeSchema, atLeast: z.number() }),
  z.strictObject({
    kind: z.literal('compare'),
    text: z.string(),
    of: placeSchema,
    /** The best of these, less the margin, is what is wanted. */
    against: z.array(placeSchema).min(1),
    margin: z.number().nonnegative(),
  }),
  /** The share of cases with less than FALSE_ML of a label that they have none of. */
  z.strictObject({ kind: z.literal('absent'), text: z.string(), of: placeSchema, atLeast: z.number() }),
])

export type Goal = z.infer<typeof goalSchema>
export type Place = z.infer<typeof placeSchema>
