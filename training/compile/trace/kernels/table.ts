/**
 * Every kernel of tfjs and of ours: how it becomes ONNX nodes, or why it does not. tsc fails where a kernel has no entry,
 * where one is both traced and refused, and where a name is none of a kernel.
 */
import type { Kernel, Refusal } from './kernel.ts'
import type { KernelName } from './kernel-name.ts'
import { refusedKernels } from './refused.ts'
import { TRACED } from './traced.ts'

export const KERNELS: Readonly<Record<KernelName, Kernel | Refusal>> = { ...TRACED, ...refusedKernels }
