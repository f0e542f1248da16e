/** Elementwise kernels. They stay channels-first as soon as one operand lies there. */
import { broadcastShape, inCommonLayout } from '../broadcast.ts'
import type { ElementType } from '../onnx.ts'
import { firstForm, lastForm, prefersFirst, type Traced } from '../value.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

/** Applies `emit` to the value in the layout in which it lies. */
export function mapLayout(x: Traced, type: ElementType, emit: (name: string) => string, call: KernelCall): Traced {
  return prefersFirst(x)
    ? { shape: x.shape, type, forms: { first: emit(firstForm(call.graph, x)) } }
    : { shape: x.shape, type, forms: { last: emit(lastForm(call.graph, x)) } }
}

function unary(op: string): Kernel {
  return (call) => {
    const x = need(call, 'x')
    return mapLayout(x, x.type, (name) => call.graph.node(op, [name]), call)
  }
}

/** One node with two broadcasting operands, in the layout that costs no transpose. */
export function binaryNode(call: KernelCall, op: string, a: Traced, b: Traced, type: ElementType): Traced {
  const shape = broadcastShape(a.shape, b.shape)
  const { names, layout } = inCommonLayout(call.graph, [a, b], shape.length)
  return { shape, type, forms: { [layout]: call.graph.node(op, names) } }
}

function binary(op: string): Kernel {
  return (call) => {
    const a = need(call, 'a')
    return binaryNode(call, op, a, need(call, 'b'), a.type)
  }
}

function compare(op: string): Kernel {
  return (call) => binaryNode(call, op, need(call, 'a'), need(call, 'b'), 'bool')
}

/** x · 1 is x: tfjs's gradients of reductions multiply by `ones` of the input's shape. */
const multiply: Kernel = (call) => {
  const a = need(call, 'a')
  const b = need(call, 'b')
  const shape = broadcastShape(a.shape, b.shape).toString()
  if (b.uniform === 1 && a.shape.toString() === shape) return a
  if (a.uniform === 1 && b.shape.toString() === shape) return b
  return binaryNode(call, 'Mul', a, b, a.type)
}

/** tfjs: step(x) = 1 where x > 0, alpha where x < 0 or x = 0 (alpha is 0 in every gradient that uses it). */
const step: Kernel = (call) => {
  if (call.attrs['alpha'] !== undefined && call.attrs['alpha'] !== 0)
    throw new Error('Step with alpha is not supported')
  const emit = (name: string) =>
    call.graph.node('Cast', [call.graph.node('Greater', [name, call.graph.scalar(0)])], { to: 1 })
  return mapLayout(need(call, 'x'), 'float32', emit, call)
}

const leakyRelu: Kernel = (call) => {
  const alpha = { alpha: { float: Number(call.attrs['alpha']) } }
  return mapLayout(need(call, 'x'), 'float32', (name) => call.graph.node('LeakyRelu', [name], alpha), call)
}

const square: Kernel = (call) => {
  const x = need(call, 'x')
  return mapLayout(x, x.type, (name) => call.graph.node('Mul', [name, name]), call)
}

const rsqrt: Kernel = (call) => {
  const emit = (name: string) => call.graph.node('Reciprocal', [call.graph.node('Sqrt', [name])])
  return mapLayout(need(call, 'x'), 'float32', emit, call)
}

const squaredDifference: Kernel = (call) => {
  const difference = binaryNode(call, 'Sub', need(call, 'a'), need(call, 'b'), 'float32')
  return mapLayout(difference, 'float32', (name) => call.graph.node('Mul', [name, name]), call)
}

const TO = { float32: 1, int32: 6, bool: 9 } as const

const cast: Kernel = (call) => {
  const type = call.attrs['dtype'] as keyof typeof TO
  if (!(type in TO)) throw new Error(`Cast to ${type} is not supported`)
  const x = need(call, 'x')
  if (x.type === type) return x
  return mapLayout(x, type, (name) => call.graph.node('Cast', [name], { to: TO[type] }), call)
}

/** where(condition, t, e) */
const select: Kernel = (call) => {
  const values = ['condition', 't', 'e'].map((name) => need(call, name))
  const shape = values.map((value) => value.shape).reduce((a, b) => broadcastShape(a, b))
  const { names, layout } = inCommonLayout(call.graph, values, shape.length)
  return { shape, type: values[1]!.type, forms: { [layout]: call.graph.node('Where', names) } }
}

export const elementwiseKernels: KernelTable = {
  Abs: unary('Abs'),
  Add: binary('Add'),
  Cast: cast,
  Elu: unary('Elu'),
  Equal: compare('Equal'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Floor: unary('Floor'),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Identity: (call) => need(call, 'x'),
  LeakyRelu: leakyRelu,
  Less: compare('Less'),
  Log: unary('Log'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Multiply: multiply,
  Neg: unary('Neg'),
  Pow: binary('Pow'),
  RealDiv: binary('Div'),
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Rsqrt: rsqrt,
  Select: select,
  Sigmoid: unary('Sigmoid'),
  Sqrt: unary('Sqrt'),
  Square: square,
  SquaredDifference: squaredDifference,
  Step: step,
  Sub: binary('Sub'),
  Tanh: unary('Tanh'),
}
