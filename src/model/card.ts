/**
 * The model card: strict, complete, executed. The service reads every number of the pipeline from here, and the
 * scores in it were measured through the same segment().
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { labelSetSchema } from '../labels/label-set.ts'
import { alignSpecSchema, preprocessSpecSchema } from '../preprocess/spec.ts'
import { assessmentSchema, faultOfAssessment } from './assessment.ts'
import { postprocessSpecSchema } from './postprocess-spec.ts'
import { tileOverlap } from './tile-overlap.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const size = z.int().positive()

const inference = {
  /** Added to each label's logit before the likeliest is taken; absent: nothing. As many numbers as there are labels. */
  logitShift: z.array(z.number()).optional(),
  /** How scans that do not lie on each other are laid so (src/preprocess/undo-motion.ts); absent: they are not. */
  align: alignSpecSchema.optional(),
}
const blendedSchema = z.strictObject({
  ...inference,
  /** Voxels along R, A, S on the model grid. */
  patchVoxels: z.tuple([size, size, size]),
  /** Fraction of a patch shared with its neighbour. */
  overlap: z.number().min(0).max(0.9),
  /** Weight of a voxel inside its patch when patches are blended; sigma is a fraction of the patch. */
  blend: z.strictObject({ kind: z.literal('gaussian'), sigmaFraction: z.number().positive() }),
})
const tiledSchema = z.strictObject({
  ...inference,
  /** A usual tile, along R, A, S; no tile has more voxels than this one. */
  patchVoxels: z.tuple([size, size, size]),
  /** For a network that takes tiles of any sides (src/network/tiles.ts) and whose norms do not go by what it is shown. */
  tiles: z.strictObject({
    /** Sides are multiples of so many voxels. */
    multiple: size,
    /** Past where a tile is cut from its neighbour it is shown so much more at least, which the neighbour decides. */
    contextVoxels: z.int().min(0),
  }),
})
const inferenceSchema = z.union([blendedSchema, tiledSchema])

const fieldsSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  title: z.string(),
  intendedUse: z.string(),
  license: z.string(),
  /** Input channels in the network's order; a channel that was not sent is fed as zeros. */
  channels: z
    .array(z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9]{0,63}$/), title: z.string() }))
    .min(1)
    .refine((channels) => new Set(channels.map((c) => c.name)).size === channels.length, 'channel names repeat'),
  /** Which channels a request must bring. */
  required: z.enum(['any', 'all']),
  labels: labelSetSchema,
  preprocess: preprocessSpecSchema,
  inference: inferenceSchema,
  postprocess: postprocessSpecSchema,
  /** What the training's subjects spanned; beyond it a result is warned about. Absent: nobody has counted. */
  trainedRange: z
    .strictObject({
      /** Fewest and most mL of all lesion labels together in one subject. */
      lesionMl: z.tuple([z.number().nonnegative(), z.number().nonnegative()]),
    })
    .optional(),
  /** What a set of channels cannot show, or shows poorly (assessment.ts). Absent: every set shows every label. */
  assessment: assessmentSchema.optional(),
  /** Does what names no model; where no card says so, or several do, the first of them by id does. */
  isDefault: z.boolean().optional(),
  weights: z.strictObject({ file: z.string(), sha256, bytes: z.int().positive(), opset: z.int() }),
  golden: z.strictObject({
    /** Channel name → file in the model's folder. */
    scans: z.record(z.string(), z.string()),
    labels: z.string(),
    /**
     * Share of voxels that must agree, of those that at least one of the two maps calls something else than background;
     * below 1 because other processors round otherwise.
     */
    minAgreement: z.number().min(0.99).max(1),
  }),
  /** What it was trained on and how: for people; nothing here is executed. */
  training: z.strictObject({
    recipe: z.string(),
    seed: z.int(),
    commit: z.string(),
    steps: z.int(),
    trainedHours: z.number(),
    parameters: z.int(),
    data: z.array(z.strictObject({ name: z.string(), license: z.string(), labels: z.string(), subjects: z.int() })),
  }),
  evaluation: z.strictObject({
    command: z.string(),
    /** Per subject: Dice per label name, on files named with their SHA-256. */
    subjects: z.array(
      z.strictObject({
        name: z.string(),
        sha256: z.string(),
        note: z.string(),
        dice: z.record(z.string(), z.number().nullable()),
      }),
    ),
  }),
  knownFailures: z.array(z.string()),
})

export const cardSchema = fieldsSchema.superRefine((card, context) => {
  const message = faultOfAssessment(card)
  if (message !== undefined) context.addIssue({ code: 'custom', path: ['assessment'], message })
  if ('tiles' in card.inference) {
    const { patchVoxels, tiles } = card.inference
    const least = (tiles.multiple + tileOverlap(tiles)) ** 3
    const voxels = patchVoxels.reduce((product, side) => product * side, 1)
    if (voxels < least) {
      const said = `a tile of ${patchVoxels.join('×')} is smaller than the ${least} voxels that its context takes`
      context.addIssue({ code: 'custom', path: ['inference', 'patchVoxels'], message: said })
    }
  }
  for (const [n, { channels, between }] of (card.postprocess.borders ?? []).entries()) {
    const isKnown =
      channels.every((channel) => card.channels.some(({ name }) => name === channel)) &&
      between.every((name) => card.labels.some((label) => label.name === name && label.kind !== 'background'))
    if (isKnown) continue
    const message = `'${between.join("' and '")}' on ${channels.join(', ')}: a border lies between two labels other than background, and channels show it`
    context.addIssue({ code: 'custom', path: ['postprocess', 'borders', n], message })
  }
  const { mass } = card.postprocess
  for (const name of mass ? [mass.tumour, mass.oedema, mass.otherwise] : []) {
    if (card.labels.some((label) => label.name === name && label.kind === 'lesion')) continue
    context.addIssue({
      code: 'custom',
      path: ['postprocess', 'mass'],
      message: `'${name}' is no lesion among the labels`,
    })
  }
})

export type Card = z.infer<typeof cardSchema>

/** A hash of everything that a result can depend on: the numbers of the pipeline, and the hash of the weights. */
export function cardSha256(card: Card): string {
  return createHash('sha256').update(JSON.stringify(card)).digest('hex')
}

/** The part of a card that segment() executes; a training recipe has it too. */
export type Pipeline = Pick<
  Card,
  'id' | 'channels' | 'required' | 'labels' | 'preprocess' | 'inference' | 'postprocess' | 'trainedRange' | 'assessment'
>
export type InferenceSpec = z.infer<typeof inferenceSchema>
export type BlendedSpec = z.infer<typeof blendedSchema>
export type TiledSpec = z.infer<typeof tiledSchema>
export type TilesSpec = TiledSpec['tiles']
