/**
 * The labels a model can give: value in the map, name, colour, coded meaning (DICOM PS3.16, CID 7150 ff.; SNOMED CT).
 * The set of one model lives in its card; nothing here is a default.
 */
import { z } from 'zod'

const labelSchema = z.strictObject({
  value: z.int().min(0).max(255),
  name: z.string().min(1),
  kind: z.enum(['background', 'tissue', 'lesion']),
  /** sRGB, 0..255 */
  color: z.tuple([z.int().min(0).max(255), z.int().min(0).max(255), z.int().min(0).max(255)]),
  /** Coded meaning; absent for background. */
  code: z.strictObject({ scheme: z.string(), value: z.string(), meaning: z.string() }).optional(),
})

export type Label = z.infer<typeof labelSchema>

/** Values run 0..K-1 in order, so that the network's channel k is the label of value k. */
export const labelSetSchema = z
  .array(labelSchema)
  .min(2)
  .refine((labels) => labels.every((label, k) => label.value === k), 'label values must be 0, 1, 2 … in order')
  .refine((labels) => labels[0]?.kind === 'background', 'label 0 must be the background')

export type LabelSet = z.infer<typeof labelSetSchema>

/** Values of the labels that are lesions. */
export function lesionValues(labels: LabelSet): number[] {
  return labels.filter(({ kind }) => kind === 'lesion').map(({ value }) => value)
}
