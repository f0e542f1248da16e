/** The inner convolutions of a network in whole numbers, where the processor multiplies four times as many of them. */
import { type ConvRange, convolveInWholeNumbers } from '../rewrites/int8-convs.ts'
import { float32, openRuntimeFromBytes } from '../runtime.ts'
import { encodeOnnx, type OnnxGraph } from '../trace/onnx.ts'
import { candidates, type Watched, watch, worthwhile } from './watched.ts'

/** With fewer input channels onnxruntime's whole numbers are hardly faster than float32, or slower (decisions 0038, 0049). */
const LEAST_CHANNELS = 24

export interface Quantized {
  readonly graph: OnnxGraph
  /** By the name of a convolution's output, for convolveInWholeNumbers() of the same network at another size. */
  readonly ranges: ReadonlyMap<string, ConvRange>
  readonly watched: readonly Watched[]
  readonly taken: readonly Watched[]
  /** Share of the patches' voxels that either network labels, whose label is the same in both. */
  readonly agreement: number
}

/**
 * @param graph one input [1, C, …space], one output [1, K, …space] of logits, label 0 the background
 * @param patches its inputs on real scans
 * @throws where none of its convolutions gains by it
 */
export async function quantize(graph: OnnxGraph, patches: readonly Float32Array[]): Promise<Quantized> {
  const convs = candidates(graph, LEAST_CHANNELS)
  const watched = convs.length === 0 ? [] : await watch(graph, convs, patches)
  const taken = worthwhile(watched)
  if (taken.length === 0) throw new Error('no 3×3×3 convolution of this network gains by whole numbers')
  const ranges = new Map(taken.map(({ conv, range }) => [conv.outputs[0]!, range]))
  const whole = convolveInWholeNumbers(graph, ranges)
  return { graph: whole, ranges, watched, taken, agreement: await agreementOf(graph, whole, patches) }
}

async function agreementOf(before: OnnxGraph, after: OnnxGraph, patches: readonly Float32Array[]): Promise<number> {
  const [input, output] = [before.inputs[0]!, before.outputs[0]!]
  const runtimes = await Promise.all([before, after].map((graph) => openRuntimeFromBytes(encodeOnnx(graph), 'cpu')))
  let [labelled, equal] = [0, 0]
  for (const patch of patches) {
    const labels: Uint8Array[] = []
    for (const runtime of runtimes) {
      const logits = (await runtime.run({ [input.name]: float32(patch, input.shape) }))[output.name]!
      labels.push(likeliest(logits.data as Float32Array, output.shape[1]!))
    }
    const [a, b] = labels as [Uint8Array, Uint8Array]
    for (let at = 0; at < a.length; at++) {
      if (a[at] === 0 && b[at] === 0) continue
      labelled++
      if (a[at] === b[at]) equal++
    }
  }
  await Promise.all(runtimes.map((runtime) => runtime.close()))
  return equal / labelled
}

/** [K, voxels] → of each voxel the label with the largest logit. */
function likeliest(logits: Float32Array, labels: number): Uint8Array {
  const voxels = logits.length / labels
  return Uint8Array.from({ length: voxels }, (_, voxel) => {
    let best = 0
    for (let label = 1; label < labels; label++)
      if (logits[label * voxels + voxel]! > logits[best * voxels + voxel]!) best = label
    return best
  })
}
