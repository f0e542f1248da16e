/** Running sums and products along an axis. */
import { fromFront, ownForm } from '../value.ts'
import { numeric } from './elementwise.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'

const cumsum: Kernel = (call) => {
  const x = numeric(call, need(call, 'x'))
  const own = ownForm(call.graph, x)
  const axis = own.place(fromFront(Number(call.attrs['axis']), x.shape.length))
  const out = call.graph.node('CumSum', [own.name, call.graph.constant('int64', [], [axis])], {
    exclusive: call.attrs['exclusive'] === true ? 1 : 0,
    reverse: call.attrs['reverse'] === true ? 1 : 0,
  })
  return { shape: x.shape, type: x.type, forms: { [own.layout]: out } }
}

/**
 * ONNX has no running product, and logarithms would lose the sign. After multiplying by itself shifted by 1, 2, 4, …
 * (ones move in), each place holds the product of all before it: [a, b, c] → [a, ab, bc] → [a, ab, abc].
 */
const cumprod: Kernel = (call) => {
  const x = numeric(call, need(call, 'x'))
  const rank = x.shape.length
  const axis = fromFront(Number(call.attrs['axis']), rank)
  const own = ownForm(call.graph, x)
  const one = call.graph.constant(x.type, [], [1])
  function shifted(name: string, by: number): string {
    const pads = new Array<number>(2 * rank).fill(0)
    const [into, outOf] = call.attrs['reverse'] === true ? [rank, 0] : [0, rank]
    pads[into + own.place(axis)] = by
    pads[outOf + own.place(axis)] = -by
    return call.graph.node('Pad', [name, call.graph.ints(pads), one])
  }
  let product = call.attrs['exclusive'] === true ? shifted(own.name, 1) : own.name
  for (let by = 1; by < x.shape[axis]!; by *= 2) product = call.graph.node('Mul', [product, shifted(product, by)])
  return { shape: x.shape, type: x.type, forms: { [own.layout]: product } }
}

export const scanKernels = { Cumprod: cumprod, Cumsum: cumsum } satisfies KernelTable
