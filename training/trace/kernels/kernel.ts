/** What a kernel entry gets and gives: one tfjs kernel becomes a few ONNX nodes. */
import type { GraphBuilder } from '../graph.ts'
import type { Traced } from '../value.ts'

export interface KernelCall {
  readonly graph: GraphBuilder
  /** tfjs's named inputs; a list input (Concat) comes as '0', '1', … */
  readonly inputs: Readonly<Record<string, Traced>>
  readonly attrs: Readonly<Record<string, unknown>>
}

/** Most kernels make one value; Unpack, SplitV and TopK make several. */
export type Kernel = (call: KernelCall) => Traced | readonly Traced[]

/** tfjs kernel name → entry. */
export type KernelTable = Readonly<Record<string, Kernel>>

/** An input that tfjs always sends. */
export function need(call: KernelCall, name: string): Traced {
  const value = call.inputs[name]
  if (value === undefined) throw new Error(`the kernel call has no input '${name}'`)
  return value
}
