/**
 * Local response normalisation (Krizhevsky et al. 2012) and its gradient: y = x · s^−β with s = bias + α · Σ x² over the
 * channels at most `depthRadius` away. That sum is a band matrix on the channels.
 */
import type { GraphBuilder } from '../graph.ts'
import { lastForm, type Traced } from '../value.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

interface Response {
  /** The sum over the neighbouring channels. */
  around(name: string): string
  /** [x, s, s^−β] */
  readonly parts: readonly [x: string, s: string, power: string]
  readonly alpha: number
  readonly beta: number
}

function response(call: KernelCall, x: Traced): Response {
  const { graph, attrs } = call
  const [radius, bias, alpha, beta] = ['depthRadius', 'bias', 'alpha', 'beta'].map((name) => Number(attrs[name]))
  const c = x.shape.at(-1)!
  const band = Array.from({ length: c * c }, (_, i) => (Math.abs((i % c) - Math.floor(i / c)) <= radius! ? 1 : 0))
  const weights = graph.constant('float32', [c, c], band)
  const around = (name: string) => graph.node('MatMul', [name, weights])
  const name = lastForm(graph, x)
  const squares = graph.node('Mul', [around(graph.node('Mul', [name, name])), graph.scalar(alpha!)])
  const s = graph.node('Add', [squares, graph.scalar(bias!)])
  return { around, parts: [name, s, power(graph, s, -beta!)], alpha: alpha!, beta: beta! }
}

function power(graph: GraphBuilder, base: string, exponent: number): string {
  return graph.node('Pow', [base, graph.scalar(exponent)])
}

const localResponse: Kernel = (call) => {
  const x = need(call, 'x')
  const [name, , factor] = response(call, x).parts
  return { shape: x.shape, type: 'float32', forms: { last: call.graph.node('Mul', [name, factor]) } }
}

/** dx = dy · s^−β − 2αβ · x · Σ (dy · y / s) over the neighbours. */
const localResponseGradient: Kernel = (call) => {
  const [x, y, dy] = ['x', 'y', 'dy'].map((name) => need(call, name))
  const { graph } = call
  const { around, parts, alpha, beta } = response(call, x!)
  const [name, s, factor] = parts
  const slope = lastForm(graph, dy!)
  const shares = graph.node('Div', [graph.node('Mul', [slope, lastForm(graph, y!)]), s])
  const others = graph.node('Mul', [graph.node('Mul', [name, graph.scalar(2 * alpha * beta)]), around(shares)])
  const last = graph.node('Sub', [graph.node('Mul', [slope, factor]), others])
  return { shape: x!.shape, type: 'float32', forms: { last } }
}

export const localResponseKernels = { LRN: localResponse, LRNGrad: localResponseGradient } satisfies KernelTable
