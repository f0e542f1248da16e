/** Whole numbers that follow the open axes, as ONNX nodes that read the sizes off the inputs (Shape, opset 15). */
import type { OnnxNode, OnnxTensor, OnnxValue } from '../trace/onnx.ts'
import type { Affine } from './affine.ts'
import type { Letter } from './axes.ts'

export interface ShapeExpressions {
  /** The name of a value that holds `entries`: a 1-D int64, or a scalar. */
  vector(entries: readonly Affine[], isScalar: boolean): string
  constant(values: readonly number[]): string
  /** Nodes to put before all others, and their constants. */
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
}

/** Names hold '#', which no trace and no TensorFlow name does. */
export function createShapeExpressions(inputs: readonly OnnxValue[]): ShapeExpressions {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const sizes = new Map<Letter, string>()
  const known = new Map<string, string>()
  let count = 0

  function node(op: string, names: readonly string[], attributes: OnnxNode['attributes'] = {}): string {
    const output = `${op}#${count++}`
    nodes.push({ op, inputs: names, outputs: [output], attributes, domain: '' })
    return output
  }

  function constant(values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    const name = `sizes#${count++}`
    initializers.push({ name, type: 'int64', shape: [values.length], bytes })
    return name
  }

  /** [size], read off the first input that has the axis. */
  function sizeOf(letter: Letter): string {
    const name = sizes.get(letter)
    if (name !== undefined) return name
    for (const input of inputs) {
      const start = input.dims?.indexOf(letter) ?? -1
      if (start < 0) continue
      const size = node('Shape', [input.name], { start, end: start + 1 })
      sizes.set(letter, size)
      return size
    }
    throw new Error(`no input has the axis ${letter}`)
  }

  function build(entries: readonly Affine[], isScalar: boolean): string {
    const letters = new Set(entries.flatMap(({ slopes }) => Object.keys(slopes) as Letter[]))
    let sum = constant(entries.map(({ rest }) => rest))
    for (const letter of letters) {
      const slopes = entries.map((entry) => entry.slopes[letter] ?? 0)
      if (slopes.every((slope) => slope === 0)) continue
      sum = node('Add', [sum, node('Mul', [sizeOf(letter), constant(slopes)])])
    }
    if (entries.some(({ divisor }) => divisor !== 1)) {
      sum = node('Div', [sum, constant(entries.map(({ divisor }) => divisor))])
    }
    return isScalar ? node('Squeeze', [sum, constant([0])]) : sum
  }

  return {
    vector(entries, isScalar) {
      const key = JSON.stringify([entries, isScalar])
      const name = known.get(key) ?? build(entries, isScalar)
      known.set(key, name)
      return name
    },
    constant,
    nodes,
    initializers,
  }
}
