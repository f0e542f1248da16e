/**
 * Resizing of images and its gradient. Bilinear interpolation is ONNX's Resize, whose grids are tfjs's. Which pixel is
 * the nearest follows tfjs's cpu kernel to the letter and is computed while tracing, since ONNX rounds otherwise at some
 * odd ratios: a list of indices an axis, copies where the ratio is whole. The gradients are transposed matrices, an axis
 * each, so they are right for half-pixel centres too, which tfjs's own gradient kernels pass over.
 */
import { firstForm } from '../value.ts'
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
function bilinearMatrix(output: number, input: number, grid: Grid): AxisMatrix {
  const from = places(output, input, grid).map((place) => (grid.halfPixelCenters ? place - 0.5 : place))
  return axisMatrix(output, input, (row) => {
    const below = Math.max(0, Math.floor(from[row]!))
    const above = Math.min(input - 1, Math.max(0, Math.ceil(from[row]!)))
    const share = from[row]! - below
    return [[below, 1 - share], [above, share]] // biome-ignore format: pairs
  })
}

/** The pixel that tfjs's resizeNearestNeighbor takes for each output. */
function nearestPixels(output: number, input: number, grid: Grid): number[] {
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

/** ONNX's name of the grid. */
function transformation({ alignCorners, halfPixelCenters }: Grid): string {
  if (alignCorners) return 'align_corners'
  return halfPixelCenters ? 'half_pixel' : 'asymmetric'
}

const bilinear: Kernel = (call) => {
  const { graph, attrs } = call
  const images = castTo(call, need(call, 'images'), 'float32')
  const size = attrs['size'] as number[]
  const sizes = graph.ints([images.shape[0]!, images.shape[3]!, ...size])
  const first = graph.node('Resize', [firstForm(graph, images), '', '', sizes], {
    mode: 'linear',
    coordinate_transformation_mode: transformation(gridOf(call)),
  })
  return { shape: [images.shape[0]!, ...size, images.shape[3]!], type: 'float32', forms: { first } }
}

const bilinearGradient: Kernel = (call) => {
  const [images, dy] = [need(call, 'images'), need(call, 'dy')]
  const matrices = [1, 2].map((axis) => bilinearMatrix(dy.shape[axis]!, images.shape[axis]!, gridOf(call)))
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
