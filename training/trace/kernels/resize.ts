/**
 * Resizing of images and its gradient. Which input an output looks at follows tfjs's cpu kernels to the letter and is
 * computed while tracing: ONNX's Resize rounds differently at some odd ratios. Bilinear interpolation is a matrix an
 * axis, nearest a list of indices an axis (copies where the ratio is whole). The gradients are the transposes, so they
 * are right for half-pixel centres too, which tfjs's own gradient kernels pass over.
 */
import { firstForm, type Traced } from '../value.ts'
import { type AxisMatrix, alongSpace, axisMatrix, transposed } from './along-axis.ts'
import { castTo } from './elementwise.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'
import { repeated, summed } from './repeat.ts'

interface Grid {
  readonly alignCorners: boolean
  readonly halfPixelCenters: boolean
}

/** Where each of `output` places lies on a row of `input` pixels; for the half-pixel grid without its last −½. */
function places(output: number, input: number, { alignCorners, halfPixelCenters }: Grid): number[] {
  const isAligned = alignCorners && output > 1
  const ratio = isAligned ? (input - 1) / (output - 1) : input / output
  return Array.from({ length: output }, (_, at) => ratio * (halfPixelCenters ? at + 0.5 : at))
}

/** Weights that tfjs's resizeBilinear gives: (1 − f) to the pixel below, f to the one above. */
export function bilinearMatrix(output: number, input: number, grid: Grid): AxisMatrix {
  const from = places(output, input, grid).map((place) => (grid.halfPixelCenters ? place - 0.5 : place))
  return axisMatrix(output, input, (row) => {
    const below = Math.max(0, Math.floor(from[row]!))
    const above = Math.min(input - 1, Math.max(0, Math.ceil(from[row]!)))
    const share = from[row]! - below
    return [[below, 1 - share], [above, share]] // biome-ignore format: pairs
  })
}

/** The pixel that tfjs's resizeNearestNeighbor takes for each output. */
export function nearestPixels(output: number, input: number, grid: Grid): number[] {
  const round = grid.alignCorners ? Math.round : Math.floor
  return places(output, input, grid).map((place) => Math.min(input - 1, round(place)))
}

/** 3 for [0, 0, 0, 1, 1, 1]; undefined where the pixels are not repeated alike. */
function repeats(pixels: readonly number[], input: number): number | undefined {
  const times = pixels.length / input
  return Number.isInteger(times) && pixels.every((pixel, at) => pixel === Math.floor(at / times)) ? times : undefined
}

function gridOf(call: KernelCall): Grid {
  const { alignCorners, halfPixelCenters } = call.attrs
  return { alignCorners: alignCorners === true, halfPixelCenters: halfPixelCenters === true }
}

function bilinearMatrices(call: KernelCall, images: Traced, size: readonly number[]): AxisMatrix[] {
  return size.map((output, a) => bilinearMatrix(output, images.shape[a + 1]!, gridOf(call)))
}

const bilinear: Kernel = (call) => {
  const images = castTo(call, need(call, 'images'), 'float32')
  return alongSpace(call.graph, images, bilinearMatrices(call, images, call.attrs['size'] as number[]))
}

const bilinearGradient: Kernel = (call) => {
  const dy = need(call, 'dy')
  const matrices = bilinearMatrices(call, need(call, 'images'), dy.shape.slice(1, 3))
  return alongSpace(call.graph, dy, matrices.map(transposed))
}

const nearest: Kernel = (call) => {
  const images = need(call, 'images')
  const size = call.attrs['size'] as number[]
  const pixels = size.map((output, a) => nearestPixels(output, images.shape[a + 1]!, gridOf(call)))
  const times = pixels.map((axis, a) => repeats(axis, images.shape[a + 1]!))
  if (times.every((count) => count !== undefined)) return repeated(call.graph, images, times)
  const first = pixels.reduce(
    (name, axis, a) =>
      call.graph.node('Gather', [name, call.graph.constant('int64', [axis.length], axis)], { axis: a + 2 }),
    firstForm(call.graph, images),
  )
  return { shape: [images.shape[0]!, ...size, images.shape[3]!], type: images.type, forms: { first } }
}

const nearestGradient: Kernel = (call) => {
  const [images, dy] = [need(call, 'images'), need(call, 'dy')]
  const inputs = images.shape.slice(1, 3)
  const pixels = inputs.map((input, a) => nearestPixels(dy.shape[a + 1]!, input, gridOf(call)))
  const times = pixels.map((axis, a) => repeats(axis, inputs[a]!))
  if (times.every((count) => count !== undefined)) return summed(call.graph, dy, times)
  const matrices = pixels.map((axis, a) => axisMatrix(axis.length, inputs[a]!, (row) => [[axis[row]!, 1]]))
  return alongSpace(call.graph, dy, matrices.map(transposed))
}

export const resizeKernels = {
  ResizeBilinear: bilinear,
  ResizeBilinearGrad: bilinearGradient,
  ResizeNearestNeighbor: nearest,
  ResizeNearestNeighborGrad: nearestGradient,
} satisfies KernelTable
