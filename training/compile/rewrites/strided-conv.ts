/**
 * Blocks of 2×2×2 voxels moved to channels (kernels/block3d.ts) and a 1×1×1 convolution of them are one convolution of
 * kernel 2 and stride 2: nothing is moved. Filter [O, 8C, 1, 1, 1] → [O, C, 2, 2, 2], channel ((dz·2 + dy)·2 + dx)·C + c
 * → (c, dz, dy, dx). Standard ONNX.
 */
import type { OnnxGraph } from '../trace/onnx.ts'
import { convAttributes, knownConv } from './convs.ts'
import { applyRewrite, type Rewrite, type Surroundings, type Weights } from './pattern.ts'

/** The value whose blocks `folded` holds. */
function unfolded(folded: string, around: Surroundings): string | undefined {
  const out = around.maker(folded, 'Reshape')
  const parted = out && around.maker(out.inputs[0]!, 'Transpose')
  const pairs = parted && around.maker(parted.inputs[0]!, 'Reshape')
  const moved = pairs && around.maker(pairs.inputs[0]!, 'Transpose')
  const rows = moved && around.maker(moved.inputs[0]!, 'Reshape')
  if (rows === undefined) return undefined
  if (`${parted!.attributes['perm']}` !== '0,2,1' || `${moved!.attributes['perm']}` !== '0,2,4,1,3,5') return undefined
  const x = rows.inputs[0]!
  const shape = around.shape(x)
  if (shape?.length !== 5) return undefined
  const [n, c, d, h, w] = shape as [number, number, number, number, number]
  const stated = [rows, pairs!, out!].map((node) => `${around.constant(node.inputs[1]!)}`)
  const wanted = [
    [n, (c * d) / 2, 2, h / 2, 2, w],
    [n * 4, -1, 2],
    [n, 8 * c, d / 2, h / 2, w / 2],
  ].map(String)
  return `${stated}` === `${wanted}` ? x : undefined
}

function spread({ shape, values }: Weights): Weights {
  const [outputs, blocks] = shape as [number, number]
  const c = blocks / 8
  const spreadValues = new Float32Array(values.length)
  for (let o = 0; o < outputs; o++)
    for (let place = 0; place < 8; place++)
      for (let channel = 0; channel < c; channel++)
        spreadValues[(o * c + channel) * 8 + place] = values[o * blocks + place * c + channel]!
  return { shape: [outputs, c, 2, 2, 2], values: spreadValues }
}

const rewrite: Rewrite = (node, around, patch) => {
  const conv = knownConv(node, around, 1)
  const x = conv && unfolded(conv.x, around)
  if (x === undefined) return undefined
  const [, , ...bias] = node.inputs
  const twos = [2, 2, 2]
  return patch.node(
    'Conv',
    [x, patch.weights(spread(conv!.filter)), ...bias],
    convAttributes(twos, twos, [0, 0, 0, 0, 0, 0]),
  )
}

export function strideFoldedConvs(graph: OnnxGraph): OnnxGraph {
  return applyRewrite(graph, 'StridedConv', rewrite)
}
