/** Activations beyond the common ones of elementwise.ts. */
import { inCommonLayout } from '../broadcast.ts'
import type { Traced } from '../value.ts'
import { castTo, inFloat, unary } from './elementwise.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

/** ONNX's Clip, whose bounds have the type of x. */
function clipped(call: KernelCall, low: number, high: number): Traced {
  const x = need(call, 'x')
  // A whole number lies within fractional bounds as a float, and tfjs cuts what comes out.
  const y = inFloat((graph, name) => graph.node('Clip', [name, graph.scalar(low), graph.scalar(high)]))(call)
  return castTo(call, y as Traced, x.type)
}

const clipByValue: Kernel = (call) =>
  clipped(call, Number(call.attrs['clipValueMin']), Number(call.attrs['clipValueMax']))

/** dy where y ≥ 0, else dy · (y + 1): y is what Elu gave. */
const eluGrad: Kernel = (call) => {
  const [dy, y] = [need(call, 'dy'), need(call, 'y')]
  const { graph } = call
  const { names, layout } = inCommonLayout(graph, [dy, y], y.shape.length)
  const slope = graph.node('Add', [graph.node('Min', [names[1]!, graph.scalar(0)]), graph.scalar(1)])
  return { shape: y.shape, type: 'float32', forms: { [layout]: graph.node('Mul', [names[0]!, slope]) } }
}

/** x where x ≥ 0, else alpha · x; alpha broadcasts to x. */
const prelu: Kernel = (call) => {
  const [x, alpha] = [need(call, 'x'), need(call, 'alpha')]
  const { names, layout } = inCommonLayout(call.graph, [x, alpha], x.shape.length)
  return { shape: x.shape, type: 'float32', forms: { [layout]: call.graph.node('PRelu', names) } }
}

export const activationKernels = {
  ClipByValue: clipByValue,
  EluGrad: eluGrad,
  Prelu: prelu,
  Relu6: (call) => clipped(call, 0, 6),
  Selu: unary('Selu'),
  Softplus: unary('Softplus'),
} satisfies KernelTable
