/** The rewrites a graph gets before onnxruntime sees it. Only the cpu provider gets operators beyond standard ONNX. */
import type { OnnxGraph } from '../onnx.ts'
import { foldConvBias } from './conv-bias.ts'
import { fuseDotProducts } from './dot-product.ts'
import { fuseLeakyReluGradient } from './leaky-relu-gradient.ts'

const FOR_ALL = [foldConvBias, fuseLeakyReluGradient]
const FOR_CPU = [fuseDotProducts]

export function forDevice(graph: OnnxGraph, device: 'cpu' | 'cuda' | 'webgpu'): OnnxGraph {
  const rewrites = device === 'cpu' ? [...FOR_ALL, ...FOR_CPU] : FOR_ALL
  return rewrites.reduce((rewritten, rewrite) => rewrite(rewritten), graph)
}
