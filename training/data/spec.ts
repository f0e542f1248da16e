/** The data section of a recipe: which sources, how often, what they state, how patches are drawn. No defaults. */
import { z } from 'zod'
import { STATES } from '../method/label-sets.ts'
import { LAYOUTS } from '../sources/datasets/layouts.ts'
import { SCENARIOS, SPLITS } from '../sources/phantom-set.ts'
import { synthSpecSchema } from '../sources/synth/head.ts'
import { paintedPairSchema } from '../sources/synth/painted-pair.ts'
import { augmentSpecSchema } from './augment/spec.ts'
import { misalignedSpecSchema } from './view.ts'

const probability = z.number().min(0).max(1)
const modality = z.enum(['t1', 'flair'])

/** Relative to the data folder. */
const scansByChannel = z.record(z.string(), z.string())

const common = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** Sources are drawn with probability ∝ weight. */
  weight: z.number().positive(),
  /** Which of the network's heads it trains, in a network with one head a labelling protocol. */
  head: z.int().nonnegative().default(0),
  /** Heads held in memory at once, and patches cut (over all of them) before the oldest makes room for a new one. */
  heldHeads: z.int().positive(),
  patchesPerHead: z.int().positive(),
  augment: augmentSpecSchema,
  misaligned: misalignedSpecSchema.optional(),
  /** In place of that of all sources. */
  dropChannel: probability.optional(),
  /** Chance that a head has its face taken off (training/sources/deface.ts); for sources that state where the brain is. */
  deface: probability.optional(),
}

/** The truth of a synthetic head is complete; the source shows what a real data set of that kind would. */
const states = z.enum(STATES)
/** Which scans a synthetic subject comes with, drawn ∝ weight. */
const channelSets = z
  .array(z.strictObject({ channels: z.array(modality).min(1), weight: z.number().positive() }))
  .min(1)

export const sourceSpecSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('synthetic'),
    ...common,
    states,
    channelSets,
    /** Label maps, relative to the data folder. */
    labelMaps: z.array(z.string()).min(1),
    synth: synthSpecSchema,
  }),
  z.strictObject({ kind: z.literal('phantom'), ...common, states, channelSets, sizeVoxels: z.int().min(16) }),
  /** The benchmark's heads (training/sources/phantom-set.ts), as a data set that states only so much shows them. */
  z.strictObject({
    kind: z.literal('phantom-set'),
    ...common,
    states,
    scenario: z.enum(SCENARIOS),
    split: z.enum(SPLITS),
  }),
  z.strictObject({
    kind: z.literal('pseudo-t1'),
    ...common,
    subjects: z.array(z.string()).min(1),
    /** Young and healthy people: their white matter is white matter, and nothing in it a hyperintensity. */
    isLesionFree: z.boolean().default(false),
  }),
  /** The T1s of people whose white matter is healthy, and beside each a FLAIR that is painted with lesions (training/sources/painted-pairs.ts). */
  z.strictObject({
    kind: z.literal('painted-pair'),
    ...common,
    subjects: z.array(z.string()).min(1),
    synth: paintedPairSchema,
  }),
  z.strictObject({ kind: z.literal('ms-lesion'), ...common }),
  /** Heads of any contrast of which only the brain is known (training/sources/datasets/brain-masks.ts). */
  z.strictObject({
    kind: z.literal('brain-mask'),
    ...common,
    /** What each scan is taken for. */
    channel: modality,
    /** Relative to the data folder. */
    scans: z.array(z.string()).min(1),
  }),
  /** Real scans with labels that a model gave them from more scans than these (training/sources/datasets/distilled.ts). */
  z.strictObject({
    kind: z.literal('distilled'),
    ...common,
    /** Nobody among them has a tumour, so where the labels are unsure there is none either. */
    isTumourFree: z.boolean().default(false),
    /** Scans relative to the data folder, by their channel. */
    subjects: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          scans: scansByChannel,
          from: scansByChannel.optional(),
          drawn: z.string().optional(),
        }),
      )
      .min(1),
  }),
  z.strictObject({
    kind: z.literal('folder'),
    ...common,
    /** How a published data set lies on disk (training/sources/datasets/). */
    layout: z.enum(LAYOUTS),
    /** Relative to the data folder. */
    folder: z.string(),
    /** Take background and white matter at their word, as the naive baselines do. */
    literal: z.boolean(),
  }),
])

export const dataSpecSchema = z.strictObject({
  sources: z.array(sourceSpecSchema).min(1),
  /** Chance that a patch is drawn anywhere in the head rather than around a voxel of a drawn class. */
  anywhere: probability,
  /** Chance that a sample with two channels loses one of them. */
  dropChannel: probability,
  /** Chance that a head is shown whole though its brain is known, as the service shows one whose brain was cut; absent: none is. */
  wholeHeads: probability.optional(),
  /** Batches that each worker keeps ready. */
  prefetch: z.int().positive(),
})

export type SourceSpec = z.infer<typeof sourceSpecSchema>
export type DataSpec = z.infer<typeof dataSpecSchema>
