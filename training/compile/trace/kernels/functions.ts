/** Functions of one number beyond the common ones of elementwise.ts. */
import type { GraphBuilder } from '../graph.ts'
import { inFloat, unary } from './elementwise.ts'
import type { KernelTable } from './kernel.ts'

/**
 * exp(x) − 1 without cancellation near 0: 2t / (1 − t), t = tanh(x / 2). Far from 0 that form itself cancels, and the
 * plain one does not.
 */
const expm1 = inFloat((graph, x) => {
  const tanh = graph.node('Tanh', [graph.node('Mul', [x, graph.scalar(0.5)])])
  const near = graph.node('Div', [graph.node('Add', [tanh, tanh]), graph.node('Sub', [graph.scalar(1), tanh])])
  return graph.node('Where', [within(graph, x, 1), near, graph.node('Sub', [graph.node('Exp', [x]), graph.scalar(1)])])
})

/** log(1 + x); near 0, with u = 1 + x as rounded: log(u) · x / (u − 1), and x where u is 1 (Kahan). */
const log1p = inFloat((graph, x) => {
  const u = graph.node('Add', [graph.scalar(1), x])
  const log = graph.node('Log', [u])
  const slope = graph.node('Div', [x, graph.node('Sub', [u, graph.scalar(1)])])
  const near = graph.node('Where', [graph.node('Equal', [u, graph.scalar(1)]), x, graph.node('Mul', [log, slope])])
  return graph.node('Where', [within(graph, x, 0.5), near, log])
})

/** |x| < limit */
function within(graph: GraphBuilder, x: string, limit: number): string {
  return graph.node('Less', [graph.node('Abs', [x]), graph.scalar(limit)])
}

export const functionKernels = {
  Acos: unary('Acos'),
  Acosh: unary('Acosh'),
  Asin: unary('Asin'),
  Asinh: unary('Asinh'),
  Atan: unary('Atan'),
  Atanh: unary('Atanh'),
  Ceil: unary('Ceil'),
  Cos: unary('Cos'),
  Cosh: unary('Cosh'),
  Expm1: expm1,
  Floor: unary('Floor'),
  Log1p: log1p,
  /** Half to even, in tfjs as in ONNX. */
  Round: unary('Round'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Sinh: unary('Sinh'),
  Tan: unary('Tan'),
} satisfies KernelTable
