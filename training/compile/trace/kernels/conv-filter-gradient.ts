/**
 * Gradient of a convolution by its filter: dW[k] = Σ over samples and outputs o of x[o·s + k·d − before] · dy[o]ᵀ, one
 * product a tap. The plain case that training spends its time in has its own form (weight-gradient.ts).
 */
import { backend_util } from '@tensorflow/tfjs-core'
import { firstForm, type Traced } from '../value.ts'
import { type ConvGeometry, exactAfter } from './conv-geometry.ts'
import type { KernelCall } from './kernel.ts'
import { fitted } from './space-margins.ts'
import { sameWeightGradient } from './weight-gradient.ts'

type Five = [number, number, number, number, number]

/** dW of the given shape for x [N, ...in, Ci] and dy [N, ...out, Co]. */
export function convFilterGradient(
  call: KernelCall,
  x: Traced,
  dy: Traced,
  shape: readonly number[],
  geometry: ConvGeometry,
): Traced {
  if (isPlain(geometry)) return plain(call, x, dy, shape)
  const { graph } = call
  const { axes, groups } = geometry
  const reshape = (name: string, to: readonly number[]) => graph.node('Reshape', [name, graph.ints(to)])
  const [ci, co] = [x.shape.at(-1)!, dy.shape.at(-1)!]
  const seen = fitted(
    graph,
    firstForm(graph, x),
    axes.map((axis) => axis.input),
    axes.map((axis) => [axis.before, exactAfter(axis)]),
  )
  const ys = graph.node('Transpose', [reshape(firstForm(graph, dy), [0, groups, co / groups, -1])], {
    perm: [0, 1, 3, 2],
  })
  // [N, G, Ci / G, Co / G] a tap
  const products = tapsOf(axes.map((axis) => axis.kernel)).map((tap) => {
    const starts = tap.map((k, i) => k * axes[i]!.dilation)
    const ends = starts.map((start, i) => start + (axes[i]!.output - 1) * axes[i]!.stride + 1)
    const xs = graph.node('Slice', [
      seen,
      graph.ints(starts),
      graph.ints(ends),
      graph.ints(axes.map((_, i) => i + 2)),
      graph.ints(axes.map((axis) => axis.stride)),
    ])
    return graph.node('MatMul', [reshape(xs, [0, groups, ci / groups, -1]), ys])
  })
  const all = products.length === 1 ? products[0]! : graph.node('Concat', products, { axis: 2 })
  const sum = graph.node('ReduceSum', [all, graph.ints([0])], { keepdims: 0 })
  const byTap = reshape(sum, [groups, products.length, ci / groups, co / groups])
  const last = reshape(graph.node('Transpose', [byTap], { perm: [1, 0, 2, 3] }), shape)
  return { shape, type: 'float32', forms: { last } }
}

/** Every place in a box of `sizes`, the last axis fastest. */
function tapsOf(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (taps, size) => taps.flatMap((tap) => Array.from({ length: size }, (_, k) => [...tap, k])),
    [[]],
  )
}

function isPlain({ axes, groups }: ConvGeometry): boolean {
  return (
    groups === 1 &&
    axes.every(
      (a) =>
        a.stride === 1 &&
        a.dilation === 1 &&
        a.kernel % 2 === 1 &&
        a.input === a.output &&
        a.before === (a.kernel - 1) / 2,
    )
  )
}

/** 2-D is one plane of 3-D. */
function plain(call: KernelCall, x: Traced, dy: Traced, shape: readonly number[]): Traced {
  const { graph } = call
  const deep = shape.length === 5
  const box = (deep ? shape : [1, ...shape]) as Five
  const volume = (value: Traced): Traced => {
    const [n, h, w, c] = value.shape as [number, number, number, number]
    const first = graph.node('Reshape', [firstForm(graph, value), graph.ints([n, c, 1, h, w])])
    return { shape: [n, 1, h, w, c], type: value.type, forms: { first } }
  }
  const [xs, ys] = deep ? [x, dy] : [volume(x), volume(dy)]
  const info = backend_util.computeConv3DInfo(xs.shape as Five, box, 1, 1, 'same')
  const gradient = sameWeightGradient(call, xs, ys, info)
  if (deep) return gradient
  return { shape, type: 'float32', forms: { last: graph.node('Reshape', [gradient.forms.last!, graph.ints(shape)]) } }
}
