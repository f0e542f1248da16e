/**
 * Convolutions in whole numbers: QuantizeLinear → QLinearConv (unsigned activations, signed weights) → DequantizeLinear.
 * Scales are those of the channels on either side, though QLinearConv knows one for all its input and one for all its
 * output: the input's are multiplied into the weights, the output's spreads into the scales of the weights and taken back
 * afterwards. Standard ONNX.
 */
import type { OnnxGraph } from '../trace/onnx.ts'
import { knownConv } from './convs.ts'
import { applyRewrite, type Rewrite, type Weights } from './pattern.ts'

/** What the values at a convolution were seen to be. */
export interface ConvRange {
  /** A step of each input channel; its byte is value / step + zero. */
  readonly inputStep: Float32Array
  /** 0 … 255, the byte of 0, the same for all channels. */
  readonly inputZero: number
  /** How widely each output channel spreads. */
  readonly outputSpread: Float32Array
  /** A step of every output channel, in spreads; its byte is value / (step · spread) + zero. */
  readonly outputStep: number
  /** 0 … 255: the byte of 0, the same for all channels. */
  readonly outputZero: number
}

/**
 * 7 bits: processors without VNNI add two products of a byte and a weight in 16 bits, and cut what is more: 2 · 255 · 63 is not.
 * So a network says the same on all of them.
 */
const MOST = 63

/** [O, I, …k] float32 times a step an input channel → the nearest of −63 … 63, and the step of each output channel. */
export function wholeWeights(
  { shape, values }: Weights,
  inputStep: Float32Array,
): { whole: Int8Array; step: Float32Array } {
  const [outputs, inputs] = shape as [number, number]
  const each = values.length / outputs
  const whole = new Int8Array(values.length)
  const step = new Float32Array(outputs)
  for (let o = 0; o < outputs; o++) {
    const seen = (at: number) => values[o * each + at]! * inputStep[Math.floor((at * inputs) / each)]!
    let largest = 0
    for (let at = 0; at < each; at++) largest = Math.max(largest, Math.abs(seen(at)))
    step[o] = largest === 0 ? 1 : largest / MOST
    for (let at = 0; at < each; at++) whole[o * each + at] = Math.round(seen(at) / step[o]!)
  }
  return { whole, step }
}

const wholeBias = ({ values }: Weights, step: Float32Array): Int32Array =>
  Int32Array.from(values, (value, o) => Math.round(value / step[o]!))

/**
 * A convolution that reads another one's leaky ReLU takes its bytes: what lies between is a table of 256 values to onnxruntime, since
 * α · x is as linear in the spreads of the channels as x is.
 * @param ranges by the name of a convolution's output; convolutions that are not there stay as they are
 */
export function convolveInWholeNumbers(graph: OnnxGraph, ranges: ReadonlyMap<string, ConvRange>): OnnxGraph {
  const bytesOf = new Map<string, string>()
  const rewrite: Rewrite = (node, around, patch) => {
    const range = ranges.get(node.outputs[0]!)
    const conv = range && knownConv(node, around, 3)
    if (range === undefined || conv === undefined) return undefined
    const { outputSpread, outputStep, outputZero } = range
    const outputs = outputSpread.length
    const floats = (values: Float32Array) => patch.tensor('float32', [values.length], values)
    const scalar = (value: number) => patch.tensor('float32', [], Float32Array.of(value))
    const byte = (value: number) => patch.tensor('uint8', [], Uint8Array.of(value))

    const activation = around.maker(conv.x, 'LeakyRelu')
    const before = activation && ranges.get(activation.inputs[0]!)
    const bytesBefore = activation && bytesOf.get(activation.inputs[0]!)
    const inputZero = before?.outputZero ?? range.inputZero
    const inputStep = before?.outputSpread.map((spread) => spread * before.outputStep) ?? range.inputStep
    let bytes: string
    if (before === undefined || bytesBefore === undefined) {
      const zeros = patch.tensor('uint8', [inputStep.length], new Uint8Array(inputStep.length).fill(inputZero))
      bytes = patch.node('QuantizeLinear', [conv.x, floats(inputStep), zeros], { axis: 1 })
    } else {
      const step = [scalar(before.outputStep), byte(inputZero)]
      const active = patch.node(
        'LeakyRelu',
        [patch.node('DequantizeLinear', [bytesBefore, ...step])],
        activation!.attributes,
      )
      bytes = patch.node('QuantizeLinear', [active, ...step])
    }
    const { whole, step } = wholeWeights(conv.filter, inputStep)
    const convolved = patch.node(
      'QLinearConv',
      [
        ...[bytes, scalar(1), byte(inputZero)],
        patch.tensor('int8', conv.filter.shape, whole),
        floats(step.map((each, o) => each / outputSpread[o]!)),
        patch.tensor('int8', [outputs], new Int8Array(outputs)),
        ...[scalar(outputStep), byte(outputZero)],
        // in the steps of the sums that it is added to
        ...(conv.bias === undefined ? [] : [patch.tensor('int32', [outputs], wholeBias(conv.bias, step))]),
      ],
      node.attributes,
    )
    bytesOf.set(node.outputs[0]!, convolved)
    const zeros = patch.tensor('uint8', [outputs], new Uint8Array(outputs).fill(outputZero))
    return patch.node('DequantizeLinear', [convolved, floats(outputSpread.map((each) => each * outputStep)), zeros], {
      axis: 1,
    })
  }
  return applyRewrite(graph, 'Whole', rewrite)
}
