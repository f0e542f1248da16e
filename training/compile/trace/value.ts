/**
 * A traced tensor. tfjs computes channels-last ([N, D, H, W, C]); onnxruntime's convolutions want channels-first
 * ([N, C, D, H, W]). A value may exist in either layout or in both: it is transposed once, when somebody asks for
 * the other form, so chains of convolutions and elementwise work never leave channels-first
 * (docs/decisions/0006-layout-is-tracked-while-tracing.md).
 */
import type { GraphBuilder } from './graph.ts'
import type { ElementType } from './onnx.ts'

export interface Traced {
  /** As tfjs sees it. */
  readonly shape: readonly number[]
  readonly type: ElementType
  /** Names in the graph: 'last' is tfjs's order, 'first' has the last axis moved to place 1. At least one is set. */
  readonly forms: { last?: string; first?: string }
  /** Every element is this number, if known. */
  readonly uniform?: number
}

/** [0, r-1, 1 … r-2]: channels-last → channels-first. */
export function toFirst(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]
}

/** [0, 2 … r-1, 1]: channels-first → channels-last. */
export function toLast(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]
}

/** The value's channels-last name; transposed on first demand. */
export function lastForm(graph: GraphBuilder, value: Traced): string {
  if (value.forms.last === undefined) {
    value.forms.last = graph.node('Transpose', [value.forms.first!], { perm: toLast(value.shape.length) })
    describe(graph, value)
  }
  return value.forms.last
}

/** The value's channels-first name; transposed on first demand. */
export function firstForm(graph: GraphBuilder, value: Traced): string {
  if (value.forms.first === undefined) {
    value.forms.first = graph.node('Transpose', [value.forms.last!], { perm: toFirst(value.shape.length) })
    describe(graph, value)
  }
  return value.forms.first
}

/** Notes the shapes of the value's forms in the graph. */
export function describe(graph: GraphBuilder, { forms, shape }: Traced): void {
  if (forms.last !== undefined) graph.describe(forms.last, shape)
  if (forms.first !== undefined) {
    const order = toFirst(shape.length).map((axis) => shape[axis]!)
    graph.describe(forms.first, order)
  }
}

/** True where only the channels-first form exists, so that staying in it costs nothing. */
export function prefersFirst(value: Traced): boolean {
  return value.forms.last === undefined
}

/** The form in which the value lies, and where in it a channels-last axis stands. Axes are counted from 0. */
export function ownForm(
  graph: GraphBuilder,
  value: Traced,
): { readonly name: string; readonly layout: 'first' | 'last'; place(axis: number): number } {
  if (!prefersFirst(value)) return { name: lastForm(graph, value), layout: 'last', place: (axis) => axis }
  const places = toLast(value.shape.length)
  return { name: firstForm(graph, value), layout: 'first', place: (axis) => places[axis]! }
}

/** −1 → the last axis. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

/** 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
