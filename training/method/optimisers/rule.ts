/** What an optimiser is made of: the slots it keeps beside a weight and the next value of a weight. */
import type * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'

/** Scalars that change from step to step come in as tensors, so that a schedule needs no new trace. */
export type OptimiserInputs = { readonly learningRate: tf.Tensor } & Readonly<Record<string, tf.Tensor>>

export interface Rule {
  /** Names of the arrays kept beside every weight, each of the weight's shape and zero at the start. */
  readonly slots: readonly string[]
  /** Inputs beside the learning rate, at step t = 1, 2, … */
  readonly scalars: (step: number) => Readonly<Record<string, number>>
  /** The next value of one weight and of its slots. */
  readonly next: (
    weight: tf.Tensor,
    gradient: tf.Tensor,
    slots: Readonly<Record<string, tf.Tensor>>,
    inputs: OptimiserInputs,
  ) => { readonly weight: tf.Tensor; readonly slots: Readonly<Record<string, tf.Tensor>> }
}

/** What every optimiser's part of a recipe states. */
export const commonFields = {
  /** λ, of kernels only. Decoupled in adamw; everywhere else λ w is added to the gradient after it is clipped. */
  weightDecay: z.number().nonnegative(),
  /** Gradients whose global norm is larger are scaled down to it; null leaves them as they are. */
  maxGradientNorm: z.number().positive().nullable(),
}

/** A fraction that is kept of the past. */
export const memory = z.number().min(0).lt(1)

/** Weights that decay: kernels, not biases and not the scales and shifts of norms. */
export function isKernel(weight: tf.Tensor): boolean {
  return weight.rank >= 2
}
