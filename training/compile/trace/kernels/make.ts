/** Values made of numbers that are known while tracing, and matrices made of vectors. */
import { elementCount, lastForm, type Traced } from '../value.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'
import { reshaped } from './shape.ts'

function constant(call: KernelCall, type: 'float32' | 'int32', values: readonly number[]): Traced {
  return { shape: [values.length], type, forms: { last: call.graph.constant(type, [values.length], values) } }
}

/** From start up to, without, stop; counted like tfjs: down where stop < start and the step is the 1 of none given. */
const range: Kernel = (call) => {
  const { start, stop, step, dtype } = call.attrs as { start: number; stop: number; step: number; dtype: 'float32' }
  const by = stop < start && step === 1 ? -1 : step
  const count = start === stop ? 0 : Math.max(0, Math.ceil((stop - start) / by))
  return constant(
    call,
    dtype ?? 'float32',
    Array.from({ length: count }, (_, i) => start + i * by),
  )
}

const linSpace: Kernel = (call) => {
  const { start, stop, num } = call.attrs as { start: number; stop: number; num: number }
  const by = num === 1 ? 0 : (stop - start) / (num - 1)
  return constant(
    call,
    'float32',
    Array.from({ length: num }, (_, i) => start + i * by),
  )
}

/** [n] → [n, n]; of more axes all come twice. */
const diag: Kernel = (call) => {
  const x = need(call, 'x')
  const n = elementCount(x.shape)
  const eye = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))
  const column = lastForm(call.graph, reshaped(call, x, [n, 1]))
  const last = call.graph.node('Mul', [column, call.graph.constant(x.type, [n, n], eye)])
  return reshaped(call, { shape: [n, n], type: x.type, forms: { last } }, [...x.shape, ...x.shape])
}

export const makeKernels = { Diag: diag, LinSpace: linSpace, Range: range } satisfies KernelTable
