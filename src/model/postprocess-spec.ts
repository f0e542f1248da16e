/** What postprocess() does, as data: written by the training recipe, copied into the card. No field has a default. */
import { z } from 'zod'

export const postprocessSpecSchema = z.strictObject({
  /** Components (26-connected) of each lesion label that are smaller than this become the label that surrounds them, */
  minLesionMl: z.number().nonnegative(),
  /** counting only voxels of which the network is at least this sure (absent: all), */
  sureLesionVoxel: z.number().min(0).max(1).optional(),
  /** and so do those of which it is less sure than this on average (src/measure/confidence.ts; absent: none). */
  minLesionConfidence: z.number().min(0).max(1).optional(),
  /** Tissue far from the brain: only the largest connected component of all non-background labels is kept. */
  keepLargestComponent: z.boolean(),
  /**
   * Voxels where every scan is exactly 0, joined to the edge of the model grid by such voxels, are background: they lie
   * outside the mask of a skull stripping, and a network that sees blocks of voxels labels some. Inside of it, where that is
   * sure to be a brain (src/postprocess/fill-brain.ts), nothing is background. Absent: neither holds.
   */
  silenceIsBackground: z.boolean().optional(),
  /** Tissue that hangs together with the brain and is none (src/postprocess/keep-brain.ts); absent: nothing is done. */
  keepBrain: z
    .strictObject({
      /** Erosion of solid tissue (all labels but background and cerebrospinal fluid), mm: at least, and what is tried beyond. */
      openMm: z.tuple([z.number().nonnegative(), z.number().nonnegative()]),
      /** Where 2 mm more make the brain smaller by this share, they cut something off, and are taken. */
      jumpShare: z.number().min(0).max(1),
      /** How much further than it was eroded the piece grows back, through solid tissue. */
      growMm: z.number().nonnegative(),
      /** Fluid is kept up to here from kept tissue, and wherever kept voxels enclose it. */
      fluidMm: z.number().nonnegative(),
      /**
       * What came off stays where the network is at least this share as sure of it as of the piece that was kept, and
       * where it hangs together with that (src/postprocess/sure-pieces.ts); absent: nothing of it stays.
       */
      sureShare: z.number().min(0).max(1).optional(),
      /** Lesions that touch what is kept stay whole, however unsure they are: a tumour has gaps and a neck like a face; absent: they go. */
      wholeLesions: z.boolean().optional(),
    })
    .optional(),
  /** Borders that lie where a scan shows them (src/postprocess/borders.ts), in this order; absent: where the network has them. */
  borders: z
    .array(
      z.strictObject({
        /** Of the scans: the one that was sent decides, of several the one that tells both labels apart best. */
        channels: z.array(z.string()).min(1),
        /** Where the longest edge of its voxels is longer, nothing moves (absent: however long): thin tissue is not seen in them. */
        longestEdgeMm: z.number().positive().optional(),
        /** Names of labels. */
        between: z.tuple([z.string(), z.string()]),
        /** Of the way from the mean of the first to that of the second nearby: from there on a voxel is of the second. */
        share: z.number().min(0).max(1),
        /** How far the border moves at most: into the first label, and into the second. */
        mostMm: z.tuple([z.number().nonnegative(), z.number().nonnegative()]),
      }),
    )
    .optional(),
  /** Lesions that hang together are of one disease (src/postprocess/one-disease.ts), by names of labels; absent: each stands alone. */
  mass: z
    .strictObject({
      tumour: z.string(),
      oedema: z.string(),
      /** What both are without a tumour: hyperintensities. */
      otherwise: z.string(),
      /** Of tumour, in a piece. */
      leastMl: z.number().positive(),
    })
    .optional(),
})

export type PostprocessSpec = z.infer<typeof postprocessSpecSchema>
export type BorderSpec = NonNullable<PostprocessSpec['borders']>[number]
export type MassSpec = NonNullable<PostprocessSpec['mass']>
export type KeepBrainSpec = NonNullable<PostprocessSpec['keepBrain']>
