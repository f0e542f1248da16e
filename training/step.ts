/**
 * (model, loss, optimiser) → one ONNX graph for the whole training step: forward, tfjs's own autodiff, AdamW.
 * onnxruntime runs it; weights and moments stay typed arrays between steps.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { z } from 'zod'
import { type AdamInputs, type AdamSpec, adamUpdate, type Moments } from './adam.ts'
import { labelSetCrossEntropy } from './losses/label-set-ce.ts'
import { mergedDiceLoss } from './losses/merged-dice.ts'
import type { LossTargets } from './losses/targets.ts'
import { float32, openRuntime, type Tensor, type TrainingDevice } from './runtime.ts'
import { trace } from './trace/trace.ts'

export interface StepResult {
  readonly loss: number
  readonly gradientNorm: number
}

/** Named arrays that a checkpoint holds: weights, first and second moments. */
export type TrainingState = Readonly<Record<string, Float32Array>>

export interface TrainingStep {
  /** image [N, D, H, W, C]. */
  run(image: Float32Array, targets: LossTargets, learningRate: number): Promise<StepResult>
  readonly state: () => TrainingState
  /** Steps done; the bias corrections depend on it. */
  readonly count: () => number
  close(): Promise<void>
}

export interface StepOptions {
  readonly batch: number
  readonly adam: AdamSpec
  readonly loss: LossSpec
  readonly device: TrainingDevice
  readonly threads?: number
  readonly resume?: { readonly state: TrainingState; readonly count: number }
}

export const lossSchema = z.strictObject({
  /** Weight of the label-set cross-entropy (the adaptive cross-entropy). */
  crossEntropy: z.number().nonnegative(),
  /** Weight of the merged-channel Dice; 0 leaves it out of the graph. */
  dice: z.number().nonnegative(),
})

export type LossSpec = z.infer<typeof lossSchema>

type StepInputs = Record<keyof LossTargets | 'image' | 'learningRate' | 'correction1' | 'correction2', tf.Tensor>

export interface StepProgram {
  /** The step as tfjs runs it: computes loss and norm, assigns weights and moments. */
  readonly program: (inputs: StepInputs) => { loss: tf.Tensor; gradientNorm: tf.Tensor }
  /** Everything the step changes, by the name it has in checkpoints. */
  readonly variables: Readonly<Record<string, tf.Variable>>
}

/** The same program is traced for onnxruntime and run by tfjs itself in tests and in bench/training-step.ts. */
export function stepProgram(model: LayersModel, adam: AdamSpec, loss: LossSpec): StepProgram {
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable)
  const names = model.trainableWeights.map((weight) => weight.originalName)
  const zeros = (variable: tf.Variable) => tf.variable(tf.zeros(variable.shape), false)
  const moments: Moments[] = weights.map((weight) => ({ first: zeros(weight), second: zeros(weight) }))
  const variables = Object.fromEntries(
    names.flatMap((name, i) => [
      [name, weights[i]!],
      [`${name}.m`, moments[i]!.first],
      [`${name}.v`, moments[i]!.second],
    ]),
  )
  return {
    variables,
    program: (inputs) => {
      const forward = () => {
        const logits = model.apply(inputs.image, { training: true }) as tf.Tensor
        const entropy = tf.mul(labelSetCrossEntropy(logits, inputs.admissible), loss.crossEntropy)
        if (loss.dice === 0) return entropy as tf.Scalar
        return tf.add(entropy, tf.mul(mergedDiceLoss(logits, inputs.stated, inputs.groups), loss.dice)) as tf.Scalar
      }
      const { value, grads } = tf.variableGrads(forward, weights)
      const gradients = weights.map((weight) => grads[weight.name]!)
      const gradientNorm = adamUpdate(adam, weights, moments, gradients, inputs as AdamInputs & StepInputs)
      return { loss: value, gradientNorm }
    },
  }
}

/** Traces the step of `model` and opens it on a device, from the model's weights or from a checkpoint. */
export async function openStep(model: LayersModel, options: StepOptions): Promise<TrainingStep> {
  const { program, variables } = stepProgram(model, options.adam, options.loss)
  const imageShape = [options.batch, ...(model.inputs[0]!.shape.slice(1) as number[])]
  const logitsShape = [options.batch, ...(model.outputs[0]!.shape.slice(1) as number[])]
  const labels = logitsShape.at(-1)!
  const targetShapes = { admissible: logitsShape, stated: logitsShape, groups: [options.batch, labels, labels] }
  const graph = await trace((inputs) => program(inputs as StepInputs), {
    inputs: { image: imageShape, ...targetShapes, learningRate: [], correction1: [], correction2: [] },
    variables,
  })
  const runtime = await openRuntime(graph, options.device, options.threads)
  let count = options.resume?.count ?? 0
  const held: Record<string, Tensor> = {}
  for (const [name, variable] of Object.entries(variables)) {
    held[name] = float32(options.resume?.state[name] ?? (variable.dataSync() as Float32Array).slice(), variable.shape)
  }
  return {
    async run(image, targets, learningRate) {
      count += 1
      const scalar = (value: number) => float32(Float32Array.of(value), [])
      const feeds: Record<string, Tensor> = {
        ...held,
        image: float32(image, imageShape),
        learningRate: scalar(learningRate),
        correction1: scalar(1 - options.adam.beta1 ** count),
        correction2: scalar(1 - options.adam.beta2 ** count),
      }
      for (const [name, shape] of Object.entries(targetShapes)) {
        feeds[name] = float32(targets[name as keyof LossTargets], shape)
      }
      // Without the Dice term the graph has no use for its inputs, and onnxruntime refuses feeds it does not know.
      const outputs = await runtime.run(Object.fromEntries(graph.inputs.map(({ name }) => [name, feeds[name]!])))
      for (const name of Object.keys(held)) held[name] = outputs[`${name}.next`]!
      return { loss: Number(outputs['loss']!.data[0]), gradientNorm: Number(outputs['gradientNorm']!.data[0]) }
    },
    state: () => Object.fromEntries(Object.entries(held).map(([name, tensor]) => [name, tensor.data as Float32Array])),
    count: () => count,
    close: () => runtime.close(),
  }
}
