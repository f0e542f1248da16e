/** A recipe: everything a training run is made of, as data. What serving needs of it is copied into the card. */
import { z } from 'zod'
import { cardSchema } from '../../src/model/card.ts'
import { dataSpecSchema } from '../data/spec.ts'
import { BACKGROUND, TUMOUR } from '../method/label-sets.ts'
import { lossSchema } from '../method/losses/loss.ts'
import type { HeadClasses } from '../method/losses/targets.ts'
import { optimiserSchema } from '../method/optimisers/optimiser.ts'
import { unetSchema } from '../method/unet.ts'
import { validationSchema } from './validation.ts'

const size = z.int().positive()

export const recipeSchema = z.strictObject({
  id: cardSchema.shape.id,
  version: cardSchema.shape.version,
  title: z.string(),
  seed: z.int(),
  channels: cardSchema.shape.channels,
  required: cardSchema.shape.required,
  labels: cardSchema.shape.labels,
  preprocess: cardSchema.shape.preprocess,
  inference: cardSchema.shape.inference,
  postprocess: cardSchema.shape.postprocess,
  /**
   * Classes (training/method/label-sets.ts) of the network's output channels, one list a head, each a softmax of its own;
   * left out: one head whose channel k is class k.
   */
  heads: z
    .array(z.array(z.int().min(BACKGROUND).max(TUMOUR)).min(2))
    .min(1)
    .optional(),
  unet: unetSchema,
  /**
   * Start from the weights of the run of this id beside this one (its best checkpoint, else its model/; training/run/start-from.ts)
   * instead of random ones.
   */
  startFrom: z.string().optional(),
  data: dataSpecSchema,
  /** Patch of a training step, voxels along R, A, S. */
  patchVoxels: z.tuple([size, size, size]),
  batch: size,
  loss: lossSchema,
  optimiser: optimiserSchema,
  schedule: z.strictObject({
    steps: size,
    /** Linear from 0 over so many steps, then half a cosine down to `finalRate` × the peak. */
    warmupSteps: z.int().nonnegative(),
    peakRate: z.number().positive(),
    finalRate: z.number().min(0).max(1),
    /** The run ends after so many steps, before the rate has fallen all the way; left out: after all of them. */
    stopAfter: size.optional(),
  }),
  /** Weight of the past in the running mean of the weights that is exported. */
  ema: z.number().min(0).max(1),
  checkpointEvery: size,
  /** Left out: the last step is exported. */
  validation: validationSchema.optional(),
  /** Where the run must arrive, measured on heads of its own sources it has not seen: mean Dice over the labels. */
  target: z.strictObject({ meanDice: z.number().min(0).max(1), heads: size }).optional(),
})

export type Recipe = z.infer<typeof recipeSchema>

/** The network's heads: those of the recipe, or one whose channel k is class k. */
export function headsOf({ heads, labels }: Recipe): readonly HeadClasses[] {
  return heads ?? [labels.map((_, k) => k)]
}

/** Steps that a run of the recipe makes. */
export function stepsOf({ schedule }: Recipe): number {
  return Math.min(schedule.steps, schedule.stopAfter ?? schedule.steps)
}

/** Learning rate of step t = 1 … steps. */
export function learningRate({ schedule }: Recipe, step: number): number {
  const { steps, warmupSteps, peakRate, finalRate } = schedule
  if (step <= warmupSteps) return (peakRate * step) / warmupSteps
  const through = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps))
  return peakRate * (finalRate + ((1 - finalRate) * (1 + Math.cos(Math.PI * through))) / 2)
}
