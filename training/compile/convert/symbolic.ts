/**
 * A graph for every size: the program is traced at several sizes, and the constants that follow the sizes are put in
 * terms of the inputs' own shapes. Traces of one program are the same nodes, so what differs between them is all
 * there is to rewrite; an axis on which something does not follow exactly stays fixed, and the node is named.
 */
import type { OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from '../trace/onnx.ts'
import { type Affine, fitAffine, type Probe, type Seen, textOf } from './affine.ts'
import { type Letter, letterOf, type Sizes, shapesAt } from './axes.ts'
import { type ConstantDifference, differencesOf, nodeName } from './differences.ts'
import type { Program } from './program.ts'
import { sameUpper } from './same-upper.ts'
import { createShapeExpressions, type ShapeExpressions } from './shape-expressions.ts'
import { traceProgram } from './trace-program.ts'

interface Traces {
  readonly probe: Probe
  readonly letters: readonly Letter[]
  /** base, each axis alone, all together. */
  readonly graphs: readonly OnnxGraph[]
}

/** The axes that a node forbids to stay open, from an error thrown here; undefined for any other error. */
export function forbiddenAxes(error: unknown): readonly Letter[] | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && 'forbids' in cause ? (cause.forbids as Letter[]) : undefined
}

function notSymbolic(message: string, letters: readonly Letter[]): Error {
  return new Error(message, { cause: { forbids: letters } })
}

/**
 * The graph of `program` with the axes of `probe` open.
 * @param instead sizes of other axes, and in place of stated ones
 * @throws where a node forbids an axis (see forbiddenAxes), and what tfjs throws where it cannot run at a probe's size
 */
export function symbolicGraph(program: Program, probe: Probe, instead: Sizes): Promise<OnnxGraph> {
  const at = async (sizes: Sizes) => traceProgram(program, shapesAt(program, { ...instead, ...sizes }, instead))
  return openedGraph(at, probe, (input) => inputDims(input, program, Object.keys(probe.base) as Letter[]))
}

/**
 * One graph of those that `at` gives at the sizes of `probe`, whose axes are open in it.
 * @param dims of an input, a letter for each open axis
 * @throws where a node forbids an axis (see forbiddenAxes)
 */
export async function openedGraph(
  at: (sizes: Sizes) => Promise<OnnxGraph>,
  probe: Probe,
  dims: (input: OnnxValue) => readonly (number | string)[],
): Promise<OnnxGraph> {
  const letters = Object.keys(probe.base) as Letter[]
  const graphs = [await at(probe.base)]
  for (const letter of letters) graphs.push(await at({ ...probe.base, [letter]: probe.alone[letter] }))
  graphs.push(await at(probe.together))
  return rewrite({ probe, letters, graphs }, dims)
}

function rewrite(traces: Traces, dims: (input: OnnxValue) => readonly (number | string)[]): OnnxGraph {
  const [base] = traces.graphs
  const differences = comparable(traces)
  const inputs = base!.inputs.map((input) => ({ ...input, dims: dims(input) }))
  const expressions = createShapeExpressions(inputs)
  const nodes = [...base!.nodes]
  for (const { node, nodes: seen } of differences.attributes) {
    const same = sameUpper(seen)
    if (same === undefined) {
      const what = `the attributes of ${nodeName(nodes[node]!)} follow the size`
      throw notSymbolic(
        what,
        blamed(traces, (g) => JSON.stringify(seen[g]!.attributes)),
      )
    }
    nodes[node] = same
  }
  for (const difference of differences.constants) {
    const { node, slot } = difference
    const name = rewriteConstant(traces, difference, nodes[node]!, expressions)
    nodes[node] = { ...nodes[node]!, inputs: nodes[node]!.inputs.with(slot, name) }
  }
  const all = [...expressions.nodes, ...nodes]
  const read = new Set(all.flatMap((node) => node.inputs))
  return {
    nodes: all,
    initializers: [...base!.initializers, ...expressions.initializers].filter(({ name }) => read.has(name)),
    inputs,
    outputs: base!.outputs.map((output, i) => ({ ...output, dims: outputDims(traces, output, i) })),
  }
}

function comparable(traces: Traces): ReturnType<typeof differencesOf> {
  try {
    return differencesOf(traces.graphs)
  } catch (cause) {
    const guilty = traces.letters.filter((_, l) => {
      try {
        differencesOf([traces.graphs[0]!, traces.graphs[l + 1]!])
        return false
      } catch {
        return true
      }
    })
    throw notSymbolic((cause as Error).message, guilty.length > 0 ? guilty : traces.letters)
  }
}

/** Letters on which alone the graph changes what `value` says; all where only all together do. */
function blamed(traces: Traces, value: (graph: number) => string): readonly Letter[] {
  const guilty = traces.letters.filter((_, l) => value(l + 1) !== value(0))
  return guilty.length > 0 ? guilty : traces.letters
}

function rewriteConstant(
  traces: Traces,
  { slot, tensors }: ConstantDifference,
  node: OnnxNode,
  expressions: ShapeExpressions,
): string {
  const refuse = (what: string) =>
    notSymbolic(
      `${nodeName(node)} ${what}`,
      blamed(traces, (g) => tensors[g]!.bytes.join()),
    )
  const [first] = tensors
  const isShape = tensors.every((t) => t.type === 'int64' && t.shape.toString() === first!.shape.toString())
  if (!isShape) throw refuse(`reads a constant of type ${first!.type} that follows the size`)
  const lists = tensors.map((tensor) => integers(tensor))
  const isReshape = node.op === 'Reshape' && slot === 1 && !lists[0]!.includes(-1)
  const moving = lists[0]!.flatMap((value, i) => (lists.some((list) => list[i] !== value) ? [i] : []))
  // A Reshape infers one axis from the number of elements, whatever the sizes are.
  if (isReshape && moving.length === 1) return expressions.constant(lists[0]!.with(moving[0]!, -1))
  const entries = lists[0]!.map((_, i) =>
    fitAffine(
      traces.probe,
      seen(traces, (g) => lists[g]![i]!),
    ),
  )
  const unknown = entries.flatMap((entry, i) => (entry === undefined ? [i] : []))
  if (unknown.length > (isReshape ? 1 : 0))
    throw refuse(`reads sizes (${lists[0]}) that do not follow those of the input`)
  const inferred: Affine = { slopes: {}, rest: -1, divisor: 1 }
  return expressions.vector(
    entries.map((entry) => entry ?? inferred),
    first!.shape.length === 0,
  )
}

function seen({ letters }: Traces, value: (graph: number) => number): Seen {
  return {
    base: value(0),
    alone: Object.fromEntries(letters.map((letter, l) => [letter, value(l + 1)])),
    together: value(letters.length + 1),
  }
}

function integers(tensor: OnnxTensor): number[] {
  return Array.from(new BigInt64Array(tensor.bytes.slice().buffer), Number)
}

function inputDims(input: OnnxValue, program: Program, letters: readonly Letter[]): (number | string)[] {
  const stated = program.inputs.find(({ name }) => name === input.name)!.shape
  return input.shape.map((size, axis) => {
    const letter = letterOf(input.shape.length, axis)
    return letter !== undefined && stated[axis] === null && letters.includes(letter) ? letter : size
  })
}

function outputDims(traces: Traces, output: OnnxValue, index: number): (number | string)[] {
  return output.shape.map((size, axis) => {
    const sizes = traces.graphs.map((graph) => graph.outputs[index]!.shape[axis]!)
    if (sizes.every((other) => other === size)) return size
    const affine = fitAffine(
      traces.probe,
      seen(traces, (g) => sizes[g]!),
    )
    return affine === undefined ? `${output.name}.${axis}` : textOf(affine)
  })
}
