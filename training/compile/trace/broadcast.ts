/** Broadcasting (NumPy's rule) across the two layouts. */
import type { GraphBuilder } from './graph.ts'
import { firstForm, lastForm, prefersFirst, type Traced } from './value.ts'

/** [2, 1, 3] and [4, 1] → [2, 4, 3]. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[axis - rank + a.length] ?? 1
    const sizeB = b[axis - rank + b.length] ?? 1
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) throw new Error(`shapes [${a}] and [${b}] do not broadcast`)
    return sizeA === 1 ? sizeB : sizeA
  })
}

/**
 * Names of the values in one layout in which they broadcast: channels-first where a value of full rank lies there.
 * A scalar fits anywhere; a vector [C] becomes [C, 1, 1, 1] beside [N, C, D, H, W].
 */
export function inCommonLayout(
  graph: GraphBuilder,
  values: readonly Traced[],
  rank: number,
): { names: string[]; layout: 'first' | 'last' } {
  const fits = (value: Traced) => value.shape.length === rank || value.shape.length <= 1
  const first = rank >= 3 && values.every(fits) && values.some((v) => v.shape.length === rank && prefersFirst(v))
  if (!first) return { names: values.map((value) => lastForm(graph, value)), layout: 'last' }
  const names = values.map((value) => {
    if (value.shape.length === rank) return firstForm(graph, value)
    if (value.shape.length === 0) return lastForm(graph, value)
    const shape = graph.ints([value.shape[0]!, ...Array<number>(rank - 2).fill(1)])
    return graph.node('Reshape', [lastForm(graph, value), shape])
  })
  return { names, layout: 'first' }
}
