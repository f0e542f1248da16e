/** A program traced at fixed sizes, with the names and types its inputs and outputs have outside. */
import * as tf from '@tensorflow/tfjs-core'
import type { OnnxGraph, OnnxValue } from '../trace/onnx.ts'
import { trace } from '../trace/trace.ts'
import type { Program } from './program.ts'

/** Shape of every input by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/** No name that the trace gives a value of its own holds a colon. */
const OUTSIDE = 'outside:'

/** @throws where a kernel has no ONNX form or tfjs refuses `shapes` */
export async function traceProgram(program: Program, shapes: Shapes): Promise<OnnxGraph> {
  const types = new Map(program.inputs.map((input) => [input.name, input.type]))
  const graph = await trace(
    (placeholders) => {
      // Placeholders are float32; one of another type is declared as such below, and its Cast then changes nothing.
      const values = program.inputs.map(
        ({ name, type }) => [name, tf.cast(placeholders[OUTSIDE + name]!, type)] as const,
      )
      const results = Object.entries(program.run(Object.fromEntries(values)))
      return Object.fromEntries(results.map(([name, tensor]) => [OUTSIDE + name, tensor]))
    },
    { inputs: Object.fromEntries(program.inputs.map(({ name }) => [OUTSIDE + name, shapes[name]!])) },
  )
  return withOutsideNames(graph, types)
}

function withOutsideNames(graph: OnnxGraph, types: ReadonlyMap<string, OnnxValue['type']>): OnnxGraph {
  const outside = (name: string) => name.slice(OUTSIDE.length)
  const taken = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => outside(name)))
  // A layer may be called what the trace calls a value of its own ('c1').
  const rename = (name: string) => (name.startsWith(OUTSIDE) ? outside(name) : taken.has(name) ? `${name}~` : name)
  return {
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
    initializers: graph.initializers.map((tensor) => ({ ...tensor, name: rename(tensor.name) })),
    inputs: graph.inputs.map((input) => ({
      ...input,
      name: rename(input.name),
      type: types.get(outside(input.name)) ?? input.type,
    })),
    outputs: graph.outputs.map((output) => ({ ...output, name: rename(output.name) })),
    ...(graph.shapes && { shapes: new Map([...graph.shapes].map(([name, shape]) => [rename(name), shape])) }),
  }
}
