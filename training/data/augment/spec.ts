/** What is done to a patch on its way to the network, as data. Intensities are in units of preprocess(): z-scores. */
import { z } from 'zod'

const chance = z.number().min(0).max(1)

export const augmentSpecSchema = z.strictObject({
  /** Chance of a left-right flip. */
  flip: chance,
  /** Chance of a rotation and scaling of the patch about its centre, and their reach. */
  spatial: chance,
  rotationDegrees: z.number().min(0).max(45),
  scale: z.tuple([z.number().positive(), z.number().positive()]),
  /** Spread of log gamma. */
  gamma: z.number().nonnegative(),
  /** Spread of the log of the gain, and of the shift. */
  gain: z.number().nonnegative(),
  shift: z.number().nonnegative(),
  /** Slope of a linear bias across the patch, up to this. */
  bias: z.number().min(0).max(0.9),
  /** Voxel noise, up to this. */
  noise: z.number().nonnegative(),
  /** Chance of a blur, and its sigma in voxels, up to this. */
  blur: chance,
  blurVoxels: z.number().nonnegative(),
})

export type AugmentSpec = z.infer<typeof augmentSpecSchema>
