/** Pooling over 2-D and 3-D space. tfjs's average leaves padding out of the count, as ONNX does by default. */
import { firstForm, type Traced } from '../value.ts'
import { castTo } from './elementwise.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'
import { poolWindow, windowAttributes } from './pool-window.ts'

function pool(op: 'MaxPool' | 'AveragePool'): Kernel {
  return (call): Traced => {
    const x = need(call, 'x')
    const window = poolWindow(call, x.shape)
    const name = firstForm(call.graph, castTo(call, x, 'float32'))
    const first = call.graph.node(op, [name], windowAttributes(window))
    const shape = [x.shape[0]!, ...window.output, x.shape.at(-1)!]
    return castTo(call, { shape, type: 'float32', forms: { first } }, x.type)
  }
}

/**
 * The maxima and where they lie: ((n · H + h) · W + w) · C + c, with or without n. ONNX counts channels-first, both take
 * the first of equals.
 */
const maxPoolWithArgmax: Kernel = (call) => {
  const x = need(call, 'x')
  const window = poolWindow(call, x.shape)
  const { graph } = call
  const name = firstForm(graph, castTo(call, x, 'float32'))
  const [values, found] = graph.nodes('MaxPool', [name], 2, windowAttributes(window))
  const int = (value: number) => graph.constant('int64', [], [value])
  const pixels = window.input[0]! * window.input[1]!
  const channels = x.shape.at(-1)!
  const pixel = graph.node('Mod', [found!, int(pixels)])
  const plane = graph.node('Div', [found!, int(pixels)])
  const channel = graph.node('Mod', [plane, int(channels)])
  const sample = graph.node('Mul', [graph.node('Div', [plane, int(channels)]), int(pixels)])
  const row = call.attrs['includeBatchInIndex'] === true ? graph.node('Add', [sample, pixel]) : pixel
  const place = graph.node('Add', [graph.node('Mul', [row, int(channels)]), channel])
  const shape = [x.shape[0]!, ...window.output, channels]
  return [
    castTo(call, { shape, type: 'float32', forms: { first: values! } }, x.type),
    { shape, type: 'int32', forms: { first: graph.node('Cast', [place], { to: 6 }) } },
  ]
}

export const poolKernels = {
  AvgPool: pool('AveragePool'),
  AvgPool3D: pool('AveragePool'),
  MaxPool: pool('MaxPool'),
  MaxPool3D: pool('MaxPool'),
  MaxPoolWithArgmax: maxPoolWithArgmax,
} satisfies KernelTable
