/** Division with remainder, and the angle of a quotient. */
import { broadcastShape, inCommonLayout } from '../broadcast.ts'
import type { GraphBuilder } from '../graph.ts'
import type { ElementType } from '../onnx.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'

type Emit = (graph: GraphBuilder, a: string, b: string) => string

/** Two broadcasting operands through several nodes. tfjs sends both with one type. */
function ofTwo(emit: { readonly float: Emit; readonly int: Emit }, result?: ElementType): Kernel {
  return (call) => {
    const [a, b] = [need(call, 'a'), need(call, 'b')]
    const shape = broadcastShape(a.shape, b.shape)
    const { names, layout } = inCommonLayout(call.graph, [a, b], shape.length)
    const made = (a.type === 'float32' ? emit.float : emit.int)(call.graph, names[0]!, names[1]!)
    return { shape, type: result ?? a.type, forms: { [layout]: made } }
  }
}

/** ONNX's own Mod of whole numbers has the sign of the divisor. */
const intMod: Emit = (graph, a, b) => graph.node('Mod', [a, b])

/** The remainder has the sign of the divisor, where C's fmod has that of the dividend. */
const floatMod: Emit = (graph, a, b) => {
  const rest = graph.node('Mod', [a, b], { fmod: 1 })
  const opposite = graph.node('Less', [graph.node('Mul', [graph.node('Sign', [rest]), b]), graph.scalar(0)])
  return graph.node('Where', [opposite, graph.node('Add', [rest, b]), rest])
}

/** tfjs gives whole numbers for floats too. (a − a mod b) / b is exact where both are whole. */
const floorDiv = ofTwo(
  {
    float: (graph, a, b) => graph.node('Cast', [graph.node('Floor', [graph.node('Div', [a, b])])], { to: 6 }),
    int: (graph, a, b) => graph.node('Div', [graph.node('Sub', [a, intMod(graph, a, b)]), b]),
  },
  'int32',
)

/** atan(y / x), half a turn on where x < 0; 0 where both are 0. */
const angle: Emit = (graph, y, x) => {
  const zero = graph.scalar(0)
  const isNegative = (name: string) => graph.node('Less', [name, zero])
  const half = graph.node('Where', [isNegative(y), graph.scalar(-Math.PI), graph.scalar(Math.PI)])
  const turn = graph.node('Where', [isNegative(x), half, zero])
  const atan = graph.node('Atan', [graph.node('Div', [y, x])])
  const isOrigin = graph.node('And', [graph.node('Equal', [y, zero]), graph.node('Equal', [x, zero])])
  return graph.node('Where', [isOrigin, zero, graph.node('Add', [atan, turn])])
}

const refuseInt: Emit = () => {
  throw new Error('whole numbers have no angle: cast them to float32')
}

export const divisionKernels = {
  Atan2: ofTwo({ float: angle, int: refuseInt }),
  FloorDiv: floorDiv,
  Mod: ofTwo({ float: floatMod, int: intMod }),
} satisfies KernelTable
