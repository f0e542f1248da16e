/**
 * An optimiser from its part of a recipe, as a tfjs program: it runs in tfjs and, traced, in onnxruntime. The weights'
 * slots are variables of the trace; learning rate and bias corrections are its inputs.
 */
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { adamRule, adamSchema, adamwSchema } from './adam.ts'
import { clipFactor, globalNorm } from './gradient-norm.ts'
import { momentumRule, momentumSchema } from './momentum.ts'
import { rmspropRule, rmspropSchema } from './rmsprop.ts'
import { isKernel, type OptimiserInputs, type Rule } from './rule.ts'
import { sgdRule, sgdSchema } from './sgd.ts'

export const optimiserSchema = z.discriminatedUnion('kind', [
  sgdSchema,
  momentumSchema,
  rmspropSchema,
  adamSchema,
  adamwSchema,
])

export type OptimiserSpec = z.infer<typeof optimiserSchema>

export interface Optimiser {
  /** `<weight>.<slot>`, zero at the start: `.m` and `.v` of adam and adamw, `.momentum`, `.meanSquare`, `.mean`. */
  readonly slots: Readonly<Record<string, tf.Variable>>
  /** Inputs of step t = 1, 2, … beside the learning rate; the same names at every step. */
  readonly scalars: (step: number) => Readonly<Record<string, number>>
  /**
   * Assigns every weight and slot its next value. `gradients` are by the weights' names, `inputs` hold learningRate and
   * the scalars. Returns the global norm of the gradients before clipping and decay, a scalar. Leaves tidying up to the
   * caller.
   */
  readonly update: (gradients: Readonly<Record<string, tf.Tensor>>, inputs: OptimiserInputs) => tf.Tensor
}

function ruleOf(spec: OptimiserSpec): Rule {
  switch (spec.kind) {
    case 'sgd':
      return sgdRule()
    case 'momentum':
      return momentumRule(spec)
    case 'rmsprop':
      return rmspropRule(spec)
    case 'adam':
      return adamRule(spec, 0)
    case 'adamw':
      return adamRule(spec, spec.weightDecay)
  }
}

/** @param weights by the name that they have in checkpoints */
export function openOptimiser(spec: OptimiserSpec, weights: Readonly<Record<string, tf.Variable>>): Optimiser {
  const rule = ruleOf(spec)
  const coupledDecay = spec.kind === 'adamw' ? 0 : spec.weightDecay
  const slots = Object.fromEntries(
    Object.entries(weights).flatMap(([name, weight]) =>
      rule.slots.map((slot) => [`${name}.${slot}`, tf.variable(tf.zeros(weight.shape), false)] as const),
    ),
  )
  return {
    slots,
    scalars: rule.scalars,
    update: (gradients, inputs) => {
      const norm = globalNorm(Object.keys(weights).map((name) => gradients[name]!))
      const factor = spec.maxGradientNorm === null ? undefined : clipFactor(norm, spec.maxGradientNorm)
      for (const [name, weight] of Object.entries(weights)) {
        const clipped = factor === undefined ? gradients[name]! : tf.mul(gradients[name]!, factor)
        const decays = coupledDecay > 0 && isKernel(weight)
        const gradient = decays ? tf.add(clipped, tf.mul(weight, coupledDecay)) : clipped
        const own = Object.fromEntries(rule.slots.map((slot) => [slot, slots[`${name}.${slot}`]!]))
        const next = rule.next(weight, gradient, own, inputs)
        for (const slot of rule.slots) own[slot]!.assign(next.slots[slot]!)
        weight.assign(next.weight)
      }
      return norm
    },
  }
}
