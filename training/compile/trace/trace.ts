/** From a tfjs function to an ONNX graph. */
import * as tf from '@tensorflow/tfjs-core'
import { openTraceBackend } from './backend.ts'
import type { TraceTarget } from './kernels/kernel.ts'
import type { OnnxGraph, OnnxValue } from './onnx.ts'
import { lastForm } from './value.ts'

export interface TraceSpec {
  /** Inputs of the graph: name → shape (channels-last, as tfjs sees it), float32. */
  readonly inputs: Readonly<Record<string, readonly number[]>>
  /** Variables the function reads or assigns: graph inputs under this name, graph outputs as `<name>.next`. */
  readonly variables?: Readonly<Record<string, tf.Variable>>
  /** cpu if left out. */
  readonly target?: TraceTarget
}

/**
 * Runs `program` once on placeholders and returns what it did as a graph. The program's results are graph outputs
 * under their names; a variable comes out with the value it was assigned last. The variables themselves keep their
 * values. Throws where the program reads a value, uses a kernel without an ONNX form, or assigns a variable of before the
 * trace that is not declared (a moving average of a batch normalisation in training, say): its value would be lost.
 */
export async function trace(
  program: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  spec: TraceSpec,
): Promise<OnnxGraph> {
  const variables = Object.entries(spec.variables ?? {})
  const held = variables.map(([, variable]) => variable.dataId)
  const backend = await openTraceBackend(spec.target ?? 'cpu')
  const release = guardUndeclared(new Set(Object.values(spec.variables ?? {})))
  try {
    const inputs = Object.fromEntries(
      Object.entries(spec.inputs).map(([name, shape]) => [name, backend.placeholder(name, shape)]),
    )
    for (const [name, variable] of variables) setDataId(variable, backend.placeholder(name, variable.shape).dataId)
    const results = Object.entries(program(inputs))
    const assigned = variables.map(([name, variable]) => [`${name}.next`, variable] as const)
    const outputs = [...results, ...assigned].map(([name, tensor]) => output(name, tensor))
    return backend.graph.finish(outputs)
  } finally {
    release()
    for (const [i, [, variable]] of variables.entries()) setDataId(variable, held[i]!)
    await backend.close()
  }

  function output(name: string, tensor: tf.Tensor): OnnxValue {
    const traced = backend.traced(tensor)
    const last = lastForm(backend.graph, traced)
    backend.graph.name(last, name)
    return { name, type: traced.type, shape: traced.shape }
  }
}

/** Until released, every known variable but the declared refuses to be assigned. */
function guardUndeclared(declared: ReadonlySet<tf.Variable>): () => void {
  const guarded = Object.values(tf.engine().registeredVariables).filter((variable) => !declared.has(variable))
  for (const variable of guarded) {
    variable.assign = () => {
      throw new Error(`variable '${variable.name}' is assigned while tracing and not declared in TraceSpec.variables`)
    }
  }
  return () => {
    for (const variable of guarded) Reflect.deleteProperty(variable, 'assign')
  }
}

/** A variable is a tensor whose data tfjs itself swaps on assign(); here it stands for a graph input for a while. */
function setDataId(variable: tf.Variable, dataId: object): void {
  Object.assign(variable, { dataId })
}
