/** Matrix products of the last two axes. */
import { broadcastShape } from '../broadcast.ts'
import { firstForm, lastForm, prefersFirst, type Traced } from '../value.ts'
import { withBiasAndActivation } from './fused-activation.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

function operand(call: KernelCall, name: string, isTransposed: boolean): { name: string; shape: readonly number[] } {
  const value = need(call, name)
  const last = lastForm(call.graph, value)
  if (!isTransposed) return { name: last, shape: value.shape }
  const rank = value.shape.length
  const perm = Array.from({ length: rank }, (_, axis) => axis)
    .with(rank - 2, rank - 1)
    .with(rank - 1, rank - 2)
  return { name: call.graph.node('Transpose', [last], { perm }), shape: perm.map((axis) => value.shape[axis]!) }
}

/** A·B = (Bᵀ·Aᵀ)ᵀ: where Aᵀ is what lies there, channels first, so does the product. A is [N, V, K]. */
function channelsFirst(call: KernelCall): Traced {
  const a = need(call, 'a')
  const b = operand(call, 'b', call.attrs['transposeB'] !== true)
  const shape = [Math.max(a.shape[0]!, b.shape[0]!), a.shape[1]!, b.shape[1]!]
  return { shape, type: 'float32', forms: { first: call.graph.node('MatMul', [b.name, firstForm(call.graph, a)]) } }
}

/** The axes before the last two broadcast. */
function product(call: KernelCall): Traced {
  const [left, right] = [need(call, 'a'), need(call, 'b')]
  const isRank3 = left.shape.length === 3 && right.shape.length === 3
  if (isRank3 && prefersFirst(left) && call.attrs['transposeA'] !== true) return channelsFirst(call)
  const a = operand(call, 'a', call.attrs['transposeA'] === true)
  const b = operand(call, 'b', call.attrs['transposeB'] === true)
  const shape = [...broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), a.shape.at(-2)!, b.shape.at(-1)!]
  return { shape, type: left.type, forms: { last: call.graph.node('MatMul', [a.name, b.name]) } }
}

const fusedMatMul: Kernel = (call) => withBiasAndActivation(call, product(call))

export const matmulKernels = { BatchMatMul: product, _FusedMatMul: fusedMatMul } satisfies KernelTable
