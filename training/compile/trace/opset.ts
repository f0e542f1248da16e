/**
 * The opsets in which a graph can be written. A trace and its rewrites are in the words of opset 17. Of the operators they use all
 * are in opset 16 already (`ScatterElements` learned to add there), and up to 26, the newest that onnxruntime 1.30 reads, the form
 * of one kind alone changed: from 18 on all reductions take their axes as ReduceSum does, as an input. test/opset.test.ts asks
 * ONNX's own checker.
 */

/** What is written where nothing else is asked for. */
export const OPSET = 17

export const OPSETS = { least: 16, most: 26 } as const

/** The first opset in which reductions other than ReduceSum (since 13) take their axes as an input. */
export const AXES_AS_INPUT = 18

/** The least IR version of the format for opsets from `from` on, by ONNX's table of versions; readers of opset 16 know 9, too. */
const IR_VERSIONS = [
  { from: 25, ir: 13 },
  { from: 24, ir: 12 },
  { from: 23, ir: 11 },
  { from: 21, ir: 10 },
  { from: OPSETS.least, ir: 9 },
] as const

/**
 * @param said what was asked for, for the message
 * @throws where that opset cannot be written, with the range of those that can
 */
export function requireOpset(opset: number, said: string = String(opset)): number {
  const { least, most } = OPSETS
  if (Number.isInteger(opset) && opset >= least && opset <= most) return opset
  throw new RangeError(`'${said}' is no opset that is written; whole numbers from ${least} to ${most} are`)
}

/** @throws as requireOpset() does */
export function irVersionOf(opset: number): number {
  return IR_VERSIONS.find(({ from }) => requireOpset(opset) >= from)!.ir
}
