/**
 * A 3×3×3 convolution to few channels leaves a matrix product of few rows, for which a processor's registers are too wide.
 * Here four neighbouring voxels (2×2 along z and y) are four times the rows: kernel 4×4×3, stride 2×2×1, filter mostly copies
 * and some zeros. Up to the next 1×1×1 convolution only what goes by channel (norm, activation) may follow, so that the
 * voxels of a channel may lie in any order until they are put in place. Standard ONNX, batch 1.
 */
import type { OnnxGraph, OnnxNode } from '../trace/onnx.ts'
import { convAttributes, knownConv } from './convs.ts'
import { applyRewrite, type Rewrite, type Surroundings, type Weights } from './pattern.ts'

const MOST_CHANNELS = 8
const BY_CHANNEL = ['InstanceNormalization', 'LeakyRelu', 'Relu']

/** The nodes from behind the convolution to `value`, first to last, and the convolution. */
function chainTo(
  value: string,
  around: Surroundings,
): { readonly chain: OnnxNode[]; readonly conv: OnnxNode } | undefined {
  const chain: OnnxNode[] = []
  for (let at = value; around.readers(at) === 1; ) {
    const conv = around.maker(at, 'Conv')
    if (conv !== undefined) return { chain: chain.reverse(), conv }
    const link = BY_CHANNEL.map((op) => around.maker(at, op)).find((node) => node !== undefined)
    if (link === undefined) return undefined
    chain.push(link)
    at = link.inputs[0]!
  }
  return undefined
}

/** [O, I, 3, 3, 3] → [4·O, I, 4, 4, 3], output channel (o·2 + dz)·2 + dy */
function fourfold({ shape, values }: Weights): Weights {
  const [outputs, inputs] = shape as [number, number]
  const result = new Float32Array(outputs * 4 * inputs * 48)
  for (let o = 0; o < outputs; o++)
    for (let dz = 0; dz < 2; dz++)
      for (let dy = 0; dy < 2; dy++)
        for (let i = 0; i < inputs; i++)
          for (let kz = 0; kz < 3; kz++)
            for (let ky = 0; ky < 3; ky++)
              for (let kx = 0; kx < 3; kx++) {
                const to = (((o * 2 + dz) * 2 + dy) * inputs + i) * 48 + ((kz + dz) * 4 + ky + dy) * 3 + kx
                result[to] = values[(o * inputs + i) * 27 + (kz * 3 + ky) * 3 + kx]!
              }
  return { shape: [4 * outputs, inputs, 4, 4, 3], values: result }
}

/** [O] → [4·O], each for the four voxels */
function fourTimes({ shape, values }: Weights): Weights {
  return {
    shape: [4 * shape[0]!],
    values: Float32Array.from({ length: 4 * values.length }, (_, at) => values[at >> 2]!),
  }
}

const rewrite: Rewrite = (node, around, patch) => {
  const last = knownConv(node, around, 1)
  const found = last && chainTo(last.x, around)
  const first = found && knownConv(found.conv, around, 3)
  // the convolutions keep the size of the grid
  const shape = first && around.shape(node.outputs[0]!)
  if (found === undefined || first === undefined || shape?.[0] !== 1) return undefined
  const [outputs, labels] = [first.filter.shape[0]!, last!.filter.shape[0]!]
  const [, , d, h, w] = shape as [number, number, number, number, number]
  if (outputs > MOST_CHANNELS || d % 2 !== 0 || h % 2 !== 0) return undefined
  const attributes = convAttributes([4, 4, 3], [2, 2, 1], [1, 1, 1, 1, 1, 1])
  const bias = first.bias === undefined ? [] : [patch.weights(fourTimes(first.bias))]
  const fours = patch.node('Conv', [first.x, patch.weights(fourfold(first.filter)), ...bias], attributes)
  let value = patch.node('Reshape', [fours, patch.ints([1, outputs, 2 * d, h / 2, w])])
  for (const { op, inputs, attributes: own } of found.chain) value = patch.node(op, [value, ...inputs.slice(1)], own)
  const answer = patch.node('Conv', [value, ...node.inputs.slice(1)], node.attributes)
  const parted = patch.node('Reshape', [answer, patch.ints([labels, 2, 2, d / 2, h / 2, w])])
  const inPlace = patch.node('Transpose', [parted], { perm: [0, 3, 1, 4, 2, 5] })
  return patch.node('Reshape', [inPlace, patch.ints([1, labels, d, h, w])])
}

export function widenFewChannels(graph: OnnxGraph): OnnxGraph {
  return applyRewrite(graph, 'Widened', rewrite)
}
