/** The rewrites a graph gets before onnxruntime sees it. Only the cpu provider gets operators beyond standard ONNX. */
import type { OnnxGraph } from '../trace/onnx.ts'
import { foldConvBias } from './conv-bias.ts'
import { convolveByPlanes } from './conv-by-planes.ts'
import { fuseDotProducts } from './dot-product.ts'
import { fuseLeakyReluGradient } from './leaky-relu-gradient.ts'
import { reduceInStages } from './reduce-in-stages.ts'

const FOR_ALL = [foldConvBias, fuseLeakyReluGradient]
const FOR_CPU = [fuseDotProducts]
const FOR_WEBGPU = [convolveByPlanes, reduceInStages]

const OWN = { cpu: FOR_CPU, cuda: [], webgpu: FOR_WEBGPU } as const

export function forDevice(graph: OnnxGraph, device: keyof typeof OWN): OnnxGraph {
  return [...FOR_ALL, ...OWN[device]].reduce((rewritten, rewrite) => rewrite(rewritten), graph)
}
