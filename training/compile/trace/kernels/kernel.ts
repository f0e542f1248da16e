/** What a kernel entry gets and gives: one tfjs kernel becomes a few ONNX nodes. */
import type { GraphBuilder } from '../graph.ts'
import type { Traced } from '../value.ts'
import type { KernelName } from './kernel-name.ts'

/** What the graph is to be fast on; its numbers are the same. */
export type TraceTarget = 'cpu' | 'gpu'

export interface KernelCall {
  readonly graph: GraphBuilder
  readonly target: TraceTarget
  /** tfjs's named inputs; a list input (Concat) comes as '0', '1', … */
  readonly inputs: Readonly<Record<string, Traced>>
  readonly attrs: Readonly<Record<string, unknown>>
}

/** Most kernels make one value; Unpack, SplitV and TopK make several. */
export type Kernel = (call: KernelCall) => Traced | readonly Traced[]

/** tfjs kernel name → entry; `satisfies KernelTable` keeps the names, so that table.ts can say which are missing. */
export type KernelTable = Readonly<Partial<Record<KernelName, Kernel>>>

/** Why a kernel has no ONNX form here. */
export interface Refusal {
  readonly refused: string
}

/** An input that tfjs always sends. */
export function need(call: KernelCall, name: string): Traced {
  const value = call.inputs[name]
  if (value === undefined) throw new Error(`the kernel call has no input '${name}'`)
  return value
}
