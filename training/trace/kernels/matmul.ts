/** Matrix products of the last two axes. */
import { lastForm } from '../value.ts'
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

/** tfjs hands over rank 3 with equal or unit batch. */
const batchMatMul: Kernel = (call) => {
  const a = operand(call, 'a', call.attrs['transposeA'] === true)
  const b = operand(call, 'b', call.attrs['transposeB'] === true)
  const batch = a.shape.slice(0, -2).map((size, axis) => Math.max(size, b.shape[axis]!))
  const shape = [...batch, a.shape.at(-2)!, b.shape.at(-1)!]
  return { shape, type: 'float32', forms: { last: call.graph.node('MatMul', [a.name, b.name]) } }
}

export const matmulKernels: KernelTable = { BatchMatMul: batchMatMul }
