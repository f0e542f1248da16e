/**
 * The rules by which a series is taken for a channel: a JSON file that a site may replace. A rule holds where all of its conditions
 * do; a number that the header does not state meets no condition. The defaults follow the naming and the usual settings of Siemens,
 * GE, Philips and Canon.
 */
import { z } from 'zod'
import defaults from './series-rules.json' with { type: 'json' }

const pattern = z
  .string()
  .min(1)
  .max(300)
  .transform((source, context) => {
    try {
      return new RegExp(source, 'i')
    } catch {
      context.addIssue({ code: 'custom', message: 'no regular expression' })
      return z.NEVER
    }
  })

const range = z.strictObject({ min: z.number().optional(), max: z.number().optional() })

const condition = {
  why: z.string().min(1),
  /** Matches SeriesDescription, or ProtocolName where there is none: some vendors write the whole examination into the latter. */
  text: pattern.optional(),
  description: pattern.optional(),
  protocol: pattern.optional(),
  sequence: pattern.optional(),
  /** Matches the values of ImageType with / between them. */
  imageType: pattern.optional(),
  manufacturer: pattern.optional(),
  echoTimeMs: range.optional(),
  repetitionTimeMs: range.optional(),
  inversionTimeMs: range.optional(),
  flipAngleDegrees: range.optional(),
  contrastAgent: z.boolean().optional(),
  acquisition: z.enum(['2D', '3D']).optional(),
  plane: z.enum(['axial', 'sagittal', 'coronal']).optional(),
  slices: range.optional(),
  /** Along the normal of the slices. */
  coverageMm: range.optional(),
  largestVoxelMm: range.optional(),
}

const rejectRule = z.strictObject(condition)
const scoreRule = z.strictObject({ ...condition, points: z.number() })

const schema = z.strictObject({
  modalities: z.array(z.string()).min(1),
  /** For no channel at all. */
  reject: z.array(rejectRule),
  channels: z.record(
    z.string().regex(/^[a-z0-9-]+$/),
    z.strictObject({ least: z.number(), reject: z.array(rejectRule), score: z.array(scoreRule) }),
  ),
})

export type SeriesRules = z.output<typeof schema>
export type Condition = z.output<typeof rejectRule>

/** @throws Error of zod's, which says where the file is wrong */
export function parseSeriesRules(json: unknown): SeriesRules {
  return schema.parse(json)
}

export const DEFAULT_RULES: SeriesRules = parseSeriesRules(defaults)

/** Those of the channels that a model takes. */
export function rulesFor(channels: readonly string[], rules: SeriesRules): SeriesRules {
  const known = Object.entries(rules.channels).filter(([channel]) => channels.includes(channel))
  return { ...rules, channels: Object.fromEntries(known) }
}
