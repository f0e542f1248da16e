/**
 * tfjs model → ONNX, wherever JavaScript runs: no file, no process and no onnxruntime is touched. Files and the comparison on
 * onnxruntime-node are in `tfjs-to-onnx/node`; traced programs and training steps in `tfjs-to-onnx/trace`.
 */
import { type Artifacts, artifactsOf, type ReadShard } from '../../../training/compile/convert/artifacts-of.ts'
import type { Checked } from '../../../training/compile/convert/check.ts'
import {
  type CheckRuntime,
  type Feed,
  MAX_DIFFERENCE,
  MAX_FP16_DIFFERENCE,
  type OpenCheckRuntime,
  type Value,
} from '../../../training/compile/convert/compare.ts'
import { type Converted, type ConvertOptions, convertModel } from '../../../training/compile/convert/convert.ts'
import { OPSET, OPSETS } from '../../../training/compile/trace/opset.ts'

export type { Artifacts, Checked, CheckRuntime, Converted, Feed, OpenCheckRuntime, ReadShard, Value }
export { artifactsOf, MAX_DIFFERENCE, MAX_FP16_DIFFERENCE, OPSET, OPSETS }

/** What convertModel() takes, all of it optional. */
export type Options = Partial<ConvertOptions> & {
  /** Loads an ONNX file, to run it beside tfjs; left out: nothing is compared. */
  readonly openRuntime?: OpenCheckRuntime
}

/**
 * Converts a model that artifactsOf() read. A tfjs backend must be set where `openRuntime` is given, since tfjs then runs.
 * @throws where an op has no ONNX form, or what is asked for cannot be had; with the layer or node, and why
 */
export function convert(artifacts: Artifacts, { openRuntime, ...options }: Options = {}): Promise<Converted> {
  return convertModel(artifacts, { size: {}, checkSize: {}, seed: 1, ...options }, openRuntime ?? null)
}
