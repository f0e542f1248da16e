/**
 * A 3-D convolution as one 2-D convolution over depth planes: the three depth-shifted copies of the input lie beside each
 * other as channels, depth lies in the batch. For the WebGPU provider, whose 2-D convolution is a tiled matrix product
 * and whose 3-D one is a plain loop. Stride 1, dilation 1, one group; standard ONNX.
 */
import type { OnnxGraph } from '../trace/onnx.ts'
import { applyRewrite, type Rewrite } from './pattern.ts'

const ones = (values: unknown): boolean => values === undefined || (values as number[]).every((value) => value === 1)

const rewrite: Rewrite = (node, around, patch) => {
  const kernel = node.attributes['kernel_shape'] as readonly number[] | undefined
  const { strides, dilations, group = 1, pads = [0, 0, 0, 0, 0, 0] } = node.attributes
  const [x, filter, bias] = node.inputs as [string, string, string | undefined]
  // [N, Co, D, H, W]
  const output = around.shape(node.outputs[0]!)
  if (node.op !== 'Conv' || kernel?.length !== 3 || !ones(strides) || !ones(dilations) || group !== 1) return undefined
  if (output === undefined) return undefined
  const [kd, kh, kw] = kernel as [number, number, number]
  const [front, top, left, back, bottom, right] = pads as [number, number, number, number, number, number]
  const [n, co, d, h, w] = output as [number, number, number, number, number]
  if (kd === 1 && kh === 1 && kw === 1) return undefined
  const planes = patch.node('Transpose', [x], { perm: [0, 2, 1, 3, 4] })
  const padded =
    front + back === 0 ? planes : patch.node('Pad', [planes, patch.ints([0, front, 0, 0, 0, 0, back, 0, 0, 0])])
  const shifted = (k: number) => patch.node('Slice', [padded, patch.ints([k]), patch.ints([k + d]), patch.ints([1])])
  const beside =
    kd === 1
      ? padded
      : patch.node(
          'Concat',
          Array.from({ length: kd }, (_, k) => shifted(k)),
          { axis: 2 },
        )
  const [hIn, wIn] = [h + kh - 1 - top - bottom, w + kw - 1 - left - right]
  const images = patch.node('Reshape', [beside, patch.ints([n * d, -1, hIn, wIn])])
  const taps = patch.node('Reshape', [
    patch.node('Transpose', [filter], { perm: [0, 2, 1, 3, 4] }),
    patch.ints([co, -1, kh, kw]),
  ])
  const conv = patch.node('Conv', [images, taps, ...(bias === undefined ? [] : [bias])], {
    kernel_shape: [kh, kw],
    strides: [1, 1],
    dilations: [1, 1],
    pads: [top, left, bottom, right],
  })
  const volumes = patch.node('Reshape', [conv, patch.ints([n, d, co, h, w])])
  return patch.node('Transpose', [volumes], { perm: [0, 2, 1, 3, 4] })
}

export function convolveByPlanes(graph: OnnxGraph): OnnxGraph {
  return applyRewrite(graph, 'ConvByPlanes', rewrite)
}
