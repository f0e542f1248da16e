/**
 * (model, loss, optimiser) → one ONNX graph for the whole training step: forward, tfjs's own autodiff, the optimiser.
 * onnxruntime runs it; weights and moments stay on the device between steps where it has memory of its own.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { download, float32, openRuntime, release, type Tensor, type TrainingDevice } from '../compile/runtime.ts'
import { trace } from '../compile/trace/trace.ts'
import { type LossSpec, recipeLoss } from './losses/loss.ts'
import { type LossTargets, targetShapes, targetTensors } from './losses/targets.ts'
import { type OptimiserSpec, openOptimiser } from './optimisers/optimiser.ts'

export interface StepResult {
  readonly loss: number
  readonly gradientNorm: number
}

/** Named arrays that a checkpoint holds: weights and the optimiser's slots. */
export type TrainingState = Readonly<Record<string, Float32Array>>

export interface TrainingStep {
  /** image [N, D, H, W, C]. */
  run(image: Float32Array, targets: LossTargets, learningRate: number): Promise<StepResult>
  state(): Promise<TrainingState>
  /** The same where it lies, until the next step. */
  readonly held: () => Readonly<Record<string, Tensor>>
  /** Steps done; Adam's bias corrections depend on it. */
  readonly count: () => number
  close(): Promise<void>
}

export interface StepOptions {
  readonly batch: number
  readonly optimiser: OptimiserSpec
  readonly loss: LossSpec
  readonly device: TrainingDevice
  readonly threads?: number
  readonly resume?: { readonly state: TrainingState; readonly count: number }
}

type StepInputs = Record<keyof LossTargets | 'image' | 'learningRate', tf.Tensor>

export interface StepProgram {
  /** The step as tfjs runs it: computes loss and norm, assigns weights and moments. */
  readonly program: (inputs: Readonly<Record<string, tf.Tensor>>) => { loss: tf.Tensor; gradientNorm: tf.Tensor }
  /** Everything the step changes, by the name it has in checkpoints. */
  readonly variables: Readonly<Record<string, tf.Variable>>
  /** Inputs of step t = 1, 2, … beside image, targets and learning rate. */
  readonly scalars: (step: number) => Readonly<Record<string, number>>
}

/** The same program is traced for onnxruntime and run by tfjs itself in tests and in bench/training-step.ts. */
export function stepProgram(model: LayersModel, optimiser: OptimiserSpec, loss: LossSpec): StepProgram {
  const byName = (weights: LayersModel['weights']) =>
    Object.fromEntries(weights.map((weight) => [weight.originalName, weight.read() as tf.Variable]))
  const weights = byName(model.trainableWeights)
  // a batch normalisation in training assigns its moving averages while the forward pass runs
  const averages = byName(model.nonTrainableWeights)
  const { slots, scalars, update } = openOptimiser(optimiser, weights)
  return {
    variables: { ...weights, ...averages, ...slots },
    scalars,
    program: (inputs) => {
      const forward = () => {
        const logits = model.apply(inputs['image']!, { training: true }) as tf.Tensor
        return recipeLoss(loss, logits, targetTensors(inputs as StepInputs))
      }
      const { value, grads } = tf.variableGrads(forward, Object.values(weights))
      const gradients = Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, grads[weight.name]!]))
      return { loss: value, gradientNorm: update(gradients, inputs as StepInputs) }
    },
  }
}

/** Traces the step of `model` and opens it on a device, from the model's weights or from a checkpoint. */
export async function openStep(model: LayersModel, options: StepOptions): Promise<TrainingStep> {
  const { program, variables, scalars } = stepProgram(model, options.optimiser, options.loss)
  const imageShape = [options.batch, ...(model.inputs[0]!.shape.slice(1) as number[])]
  const channels = model.outputs[0]!.shape.at(-1)!
  const shapes = targetShapes(imageShape.slice(0, -1), channels)
  const scalarShapes = Object.fromEntries(['learningRate', ...Object.keys(scalars(1))].map((name) => [name, []]))
  const graph = await trace(program, {
    inputs: { image: imageShape, ...shapes, ...scalarShapes },
    variables,
    target: options.device === 'cpu' ? 'cpu' : 'gpu',
  })
  const names = Object.keys(variables)
  const nextOf = (name: string) => `${name}.next`
  const runtime = await openRuntime(graph, options.device, options.threads, names.map(nextOf))
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
      }
      for (const [name, value] of Object.entries(scalars(count))) feeds[name] = scalar(value)
      for (const [name, shape] of Object.entries(shapes)) {
        feeds[name] = float32(targets[name as keyof LossTargets], shape)
      }
      // A graph has no use for the targets of terms that are left out, and onnxruntime refuses feeds it does not know.
      const outputs = await runtime.run(Object.fromEntries(graph.inputs.map(({ name }) => [name, feeds[name]!])))
      for (const name of names) {
        release(held[name]!)
        held[name] = outputs[nextOf(name)]!
      }
      return { loss: Number(outputs['loss']!.data[0]), gradientNorm: Number(outputs['gradientNorm']!.data[0]) }
    },
    state: () => download(held, options.device),
    held: () => held,
    count: () => count,
    close: () => runtime.close(),
  }
}
