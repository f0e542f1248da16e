/** Comparisons, logic and tests of single numbers: all give booleans. */
import type { Traced } from '../value.ts'
import { binaryNode, castTo, mapLayout, numeric } from './elementwise.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

function not(call: KernelCall, x: Traced): Traced {
  return mapLayout(x, 'bool', (name) => call.graph.node('Not', [name]), call)
}

function compare(op: string): Kernel {
  return (call) => binaryNode(call, op, numeric(call, need(call, 'a')), numeric(call, need(call, 'b')), 'bool')
}

/** tfjs takes any number for a truth value. */
function logic(op: string): Kernel {
  return (call) => {
    const [a, b] = [castTo(call, need(call, 'a'), 'bool'), castTo(call, need(call, 'b'), 'bool')]
    return binaryNode(call, op, a, b, 'bool')
  }
}

/** Whole numbers are always finite, so only floats are looked at. */
function test(emit: (call: KernelCall, name: string) => string): Kernel {
  return (call) => mapLayout(castTo(call, need(call, 'x'), 'float32'), 'bool', (name) => emit(call, name), call)
}

const isFiniteNumber = test(({ graph }, name) =>
  graph.node('Not', [graph.node('Or', [graph.node('IsNaN', [name]), graph.node('IsInf', [name])])]),
)

export const compareKernels = {
  Equal: compare('Equal'),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  IsFinite: isFiniteNumber,
  IsInf: test(({ graph }, name) => graph.node('IsInf', [name])),
  IsNan: test(({ graph }, name) => graph.node('IsNaN', [name])),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  LogicalAnd: logic('And'),
  LogicalNot: (call) => not(call, castTo(call, need(call, 'x'), 'bool')),
  LogicalOr: logic('Or'),
  NotEqual: (call) => not(call, compare('Equal')(call) as Traced),
} satisfies KernelTable
