/** A tfjs model as the converter sees it, whether it was saved as a layers model or as a graph model. */
import type * as tf from '@tensorflow/tfjs-core'

export type InputType = 'float32' | 'int32' | 'bool'

export interface ProgramInput {
  readonly name: string
  /** As tfjs sees it, batch first, channels last; null where the model leaves the size open. */
  readonly shape: readonly (number | null)[]
  readonly type: InputType
  /** Whole numbers this input may hold, from 0 on, where the model shows it: the rows of the embedding it feeds. */
  readonly idCount?: number
}

export interface Program {
  readonly inputs: readonly ProgramInput[]
  readonly outputs: readonly string[]
  /** What tfjs does otherwise than whatever the model was trained with, a sentence each. */
  readonly notes?: readonly string[]
  /** Inputs and outputs by name. Runs on whatever tfjs backend is current; call it in a tidy. */
  run(inputs: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor>
}

/**
 * Names as ONNX has them: without TensorFlow's ':0', other ':k' as '_k', each one once.
 * ['x:0', 'split:1', 'y', 'y'] → ['x', 'split_1', 'y', 'y_1']
 */
export function onnxNames(names: readonly string[], taken: readonly string[] = []): string[] {
  const used = new Set(taken)
  return names.map((name) => {
    const clean = name.replace(/:0$/, '').replaceAll(':', '_')
    let unique = clean
    for (let k = 1; used.has(unique); k++) unique = `${clean}_${k}`
    used.add(unique)
    return unique
  })
}
