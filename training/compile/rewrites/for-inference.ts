/** The rewrites of a network that is only to be run, and always at batch 1: fewer and larger steps, the same numbers but for rounding. */
import type { OnnxGraph } from '../trace/onnx.ts'
import { channelsFirstOutside } from './channels-first.ts'
import { foldConvBias } from './conv-bias.ts'
import { widenFewChannels } from './few-channels.ts'
import { foldConstants } from './fold-constants.ts'
import { mergePointwise } from './merge-pointwise.ts'
import { strideFoldedConvs } from './strided-conv.ts'

/** In this order: each sees what the ones before it left. */
const REWRITES = [
  channelsFirstOutside,
  foldConstants,
  foldConvBias,
  foldConstants,
  strideFoldedConvs,
  mergePointwise,
  widenFewChannels,
  foldConstants,
]

/** Inputs and outputs come out with their channels first. */
export function forInference(graph: OnnxGraph): OnnxGraph {
  return REWRITES.reduce((rewritten, rewrite) => rewrite(rewritten), graph)
}
