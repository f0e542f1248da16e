/**
 * What preprocess() does, as data. Written by the training recipe, copied into the card, executed by both.
 * No field has a default: a number that is not in the card does not exist.
 */
import { z } from 'zod'

const triple = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()])

export const preprocessSpecSchema = z.strictObject({
  /** Axes are permuted and flipped (never rotated) to the closest canonical frame. */
  orientation: z.literal('RAS'),
  /** Spacing of the model grid along R, A, S in mm. */
  spacingMm: triple,
  /**
   * Foreground = voxels strictly above low + `thresholdFraction` × (the `quantile` of all voxels − low), low being their
   * 1 − `quantile`; intensities become (v − mean) / std with mean and (population) std over the foreground, clipped to
   * [−clip, clip].
   * Measured on the cropped model grid, for every channel by itself.
   */
  normalize: z.strictObject({
    kind: z.literal('foreground-zscore'),
    quantile: z.number().min(0.5).max(1),
    thresholdFraction: z.number().min(0).max(1),
    clip: z.number().positive(),
  }),
  /**
   * The model grid is cut to the bounding box of the foreground (as above, measured on the whole field of view of the
   * first channel that was sent) plus this margin.
   */
  cropMarginMm: z.number().nonnegative(),
  /**
   * In a whole head whose brain was found (src/preprocess/known-brain.ts) the network sees the brain and so much around it, as in
   * a stripped one, and the foreground is measured in the brain. Absent: it sees the whole head.
   */
  brainMarginMm: z.number().nonnegative().optional(),
})

export type PreprocessSpec = z.infer<typeof preprocessSpecSchema>

/** How scans that do not lie on each other by their headers are laid so (undo-motion.ts). */
export const alignSpecSchema = z.strictObject({
  kind: z.literal('rigid'),
  /** What carries a head less than this on average is left alone. */
  leastMm: z.number().nonnegative(),
  /** And so is what adds less than this share to the information above none. */
  leastGain: z.number().nonnegative(),
  /** Looked for within these: beyond it was not the head that moved. */
  mostMm: z.number().positive(),
  mostDegrees: z.number().positive(),
})

export type AlignSpec = z.infer<typeof alignSpecSchema>
