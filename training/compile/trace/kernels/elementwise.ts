/** Elementwise kernels. They stay channels-first as soon as one operand lies there. */
import { type DataType, upcastType } from '@tensorflow/tfjs-core'
import { broadcastShape, inCommonLayout } from '../broadcast.ts'
import type { GraphBuilder } from '../graph.ts'
import type { ElementType } from '../onnx.ts'
import { firstForm, lastForm, prefersFirst, type Traced } from '../value.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

/** Applies `emit` to the value in the layout in which it lies. */
export function mapLayout(x: Traced, type: ElementType, emit: (name: string) => string, call: KernelCall): Traced {
  return prefersFirst(x)
    ? { shape: x.shape, type, forms: { first: emit(firstForm(call.graph, x)) } }
    : { shape: x.shape, type, forms: { last: emit(lastForm(call.graph, x)) } }
}

/** tfjs keeps the input's type, truncating what it computed; onnxruntime's functions are of floats. */
export function inFloat(emit: (graph: GraphBuilder, name: string) => string): Kernel {
  return (call) => {
    const x = need(call, 'x')
    const y = mapLayout(castTo(call, x, 'float32'), 'float32', (name) => emit(call.graph, name), call)
    return castTo(call, y, x.type)
  }
}

/** A function of floats that is one node. */
export function unary(op: string): Kernel {
  return inFloat((graph, name) => graph.node(op, [name]))
}

/** A function that onnxruntime also has for whole numbers. */
function unaryOfAny(op: string): Kernel {
  return (call) => {
    const x = numeric(call, need(call, 'x'))
    return mapLayout(x, x.type, (name) => call.graph.node(op, [name]), call)
  }
}

/** One node with two broadcasting operands, in the layout that costs no transpose. */
export function binaryNode(call: KernelCall, op: string, a: Traced, b: Traced, type: ElementType): Traced {
  const shape = broadcastShape(a.shape, b.shape)
  const { names, layout } = inCommonLayout(call.graph, [a, b], shape.length)
  return { shape, type, forms: { [layout]: call.graph.node(op, names) } }
}

/** tfjs calculates with booleans, ONNX does not. */
export function numeric(call: KernelCall, x: Traced): Traced {
  return x.type === 'bool' ? castTo(call, x, 'int32') : x
}

/** tfjs sends both operands with one type, which the result keeps. */
export function binary(op: string): Kernel {
  return (call) => arithmetic(call, op, need(call, 'a'), need(call, 'b'))
}

function arithmetic(call: KernelCall, op: string, a: Traced, b: Traced): Traced {
  const result = binaryNode(call, op, numeric(call, a), numeric(call, b), a.type === 'bool' ? 'int32' : a.type)
  return castTo(call, result, a.type)
}

/** x · 1 is x: tfjs's gradients of reductions multiply by `ones` of the input's shape. */
const multiply: Kernel = (call) => {
  const a = need(call, 'a')
  const b = need(call, 'b')
  const shape = broadcastShape(a.shape, b.shape).toString()
  if (b.uniform === 1 && a.shape.toString() === shape) return a
  if (a.uniform === 1 && b.shape.toString() === shape) return b
  return arithmetic(call, 'Mul', a, b)
}

/** tfjs: step(x) = 1 where x > 0, alpha where x ≤ 0. */
const step: Kernel = (call) => {
  const { graph } = call
  const alpha = Number(call.attrs['alpha'] ?? 0)
  return inFloat((_, name) => {
    const positive = graph.node('Greater', [name, graph.scalar(0)])
    // Every gradient's step has alpha 0; one Cast is cheaper than Where.
    if (alpha === 0) return graph.node('Cast', [positive], { to: 1 })
    return graph.node('Where', [positive, graph.scalar(1), graph.scalar(alpha)])
  })(call)
}

const leakyRelu: Kernel = (call) => {
  const alpha = { alpha: { float: Number(call.attrs['alpha']) } }
  return mapLayout(need(call, 'x'), 'float32', (name) => call.graph.node('LeakyRelu', [name], alpha), call)
}

/** tfjs gives floats for any x. */
const exp: Kernel = (call) =>
  mapLayout(castTo(call, need(call, 'x'), 'float32'), 'float32', (name) => call.graph.node('Exp', [name]), call)

const square: Kernel = (call) => {
  const x = numeric(call, need(call, 'x'))
  return mapLayout(x, x.type, (name) => call.graph.node('Mul', [name, name]), call)
}

const rsqrt = inFloat((graph, name) => graph.node('Reciprocal', [graph.node('Sqrt', [name])]))

const squaredDifference: Kernel = (call) => {
  const difference = arithmetic(call, 'Sub', need(call, 'a'), need(call, 'b'))
  return mapLayout(difference, difference.type, (name) => call.graph.node('Mul', [name, name]), call)
}

/** a₀ + a₁ + …, all of one shape. */
const addN: Kernel = (call) => Object.values(call.inputs).reduce((sum, value) => arithmetic(call, 'Add', sum, value))

const TO = { float32: 1, int32: 6, bool: 9 } as const

/** Floats are cut toward zero; whatever is not 0 is true. */
export function castTo(call: KernelCall, x: Traced, type: ElementType): Traced {
  if (x.type === type) return x
  const to = TO[type as keyof typeof TO]
  return mapLayout(x, type, (name) => call.graph.node('Cast', [name], { to }), call)
}

const cast: Kernel = (call) => {
  const type = call.attrs['dtype'] as keyof typeof TO
  if (!(type in TO)) throw new Error(`Cast to ${type} is not supported`)
  return castTo(call, need(call, 'x'), type)
}

/** where(condition, t, e). onnxruntime's Where has no booleans to choose from. */
const select: Kernel = (call) => {
  const [t, e] = [need(call, 't'), need(call, 'e')]
  const type = upcastType(t.type as DataType, e.type as DataType) as ElementType
  const inner = type === 'bool' ? 'int32' : type
  const values = [castTo(call, need(call, 'condition'), 'bool'), castTo(call, t, inner), castTo(call, e, inner)]
  const shape = values.map((value) => value.shape).reduce((a, b) => broadcastShape(a, b))
  const { names, layout } = inCommonLayout(call.graph, values, shape.length)
  const chosen = { shape, type: inner, forms: { [layout]: call.graph.node('Where', names) } } as const
  return castTo(call, chosen, type)
}

export const elementwiseKernels = {
  Abs: unaryOfAny('Abs'),
  Add: binary('Add'),
  AddN: addN,
  Cast: cast,
  Elu: unary('Elu'),
  Erf: unary('Erf'),
  Exp: exp,
  Identity: (call) => need(call, 'x'),
  LeakyRelu: leakyRelu,
  Log: unary('Log'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Multiply: multiply,
  Neg: unaryOfAny('Neg'),
  Pow: binary('Pow'),
  RealDiv: binary('Div'),
  Reciprocal: unary('Reciprocal'),
  Relu: unaryOfAny('Relu'),
  Rsqrt: rsqrt,
  Select: select,
  Sigmoid: unary('Sigmoid'),
  Sqrt: unary('Sqrt'),
  Square: square,
  SquaredDifference: squaredDifference,
  Step: step,
  Sub: binary('Sub'),
  Tanh: unary('Tanh'),
} satisfies KernelTable
