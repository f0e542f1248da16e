/**
 * The loss of a recipe: a weighted sum of terms, each of a file of its own. Which statements (training/method/label-sets.ts)
 * a term expects of its sources decides the method:
 *
 * | method                              | term(s)              | tissue source  | lesion source  |
 * | ----------------------------------- | -------------------- | -------------- | -------------- |
 * | naive CE (eq. 2)                    | crossEntropy         | literal        | literal        |
 * | naive Dice                          | softDice             | literal        | literal        |
 * | selective (Fourure et al. 2017)     | selective            | literal        | literal        |
 * | ACE as printed (eq. 4, patch-level) | patchAce             | literal        | label sets     |
 * | ACE at data-set level, marginal CE  | crossEntropy         | literal        | label sets     |
 * | the default of this project         | crossEntropy + dice  | label sets     | label sets     |
 *
 * `absence` is an addition to any of them: what a patch cannot hold must not be found in it.
 */
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { absenceLoss } from './absence.ts'
import { exclusionLoss } from './exclusion.ts'
import { labelSetCrossEntropy } from './label-set-ce.ts'
import { leafDiceLoss } from './leaf-dice.ts'
import { mergedDiceLoss } from './merged-dice.ts'
import { patchAdaptiveCrossEntropy } from './patch-ace.ts'
import { selectiveCrossEntropy } from './selective-ce.ts'
import { softDiceLoss } from './soft-dice.ts'
import { leaveOut } from './softmax.ts'
import type { TargetTensors } from './targets.ts'

type Term = (logits: tf.Tensor, targets: TargetTensors) => tf.Scalar

const TERMS = {
  crossEntropy: (logits, { admissible }) => labelSetCrossEntropy(logits, admissible),
  dice: (logits, { stated, groups }) => mergedDiceLoss(logits, stated, groups),
  selective: (logits, { admissible, own }) => selectiveCrossEntropy(logits, admissible, own),
  softDice: (logits, { admissible }) => softDiceLoss(logits, admissible),
  patchAce: (logits, { admissible }) => patchAdaptiveCrossEntropy(logits, admissible),
  leafDice: (logits, { admissible }) => leafDiceLoss(logits, admissible),
  exclusion: (logits, { admissible, own }) => exclusionLoss(logits, admissible, own),
  absence: (logits, { admissible }) => absenceLoss(logits, admissible),
} as const satisfies Record<string, Term>

type TermName = keyof typeof TERMS
const NAMES = Object.keys(TERMS) as TermName[]

/** Weight of each term; one that is left out, or 0, is not in the graph. */
export const lossSchema = z
  .partialRecord(z.enum(NAMES as [TermName, ...TermName[]]), z.number().nonnegative())
  .refine((weights) => Object.values(weights).some((weight) => weight > 0), 'a loss needs a term with a weight above 0')

export type LossSpec = z.infer<typeof lossSchema>

/**
 * Σ weight · term, a scalar. `logits` and the targets are channels-last, [N, D, H, W, K]; every softmax is over the
 * channels of the sample's head.
 */
export function recipeLoss(spec: LossSpec, allLogits: tf.Tensor, targets: TargetTensors): tf.Scalar {
  const [n, k] = targets.ofHead.shape as [number, number]
  const ofHead = tf.reshape(targets.ofHead, [n, ...allLogits.shape.slice(1, -1).map(() => 1), k])
  const logits = leaveOut(allLogits, ofHead)
  const terms = NAMES.flatMap((name) => {
    const weight = spec[name] ?? 0
    return weight > 0 ? [tf.mul(TERMS[name](logits, targets), weight)] : []
  })
  return terms.reduce((sum, term) => tf.add(sum, term)) as tf.Scalar
}
