/** What is asked of a device and what is told of it: between bench/prove-gpu.ts and the process that computes on the device. */
import type { GpuDevice } from './what-is-here.ts'

export interface Asked {
  readonly device: GpuDevice
  readonly modelsDir: string
  /** Edge of the head, voxels. */
  readonly edge: number
  /** How many heads in a row. */
  readonly heads: number
}

/** One number on the CPU and the same on the device. */
export interface Both {
  readonly cpu: number
  readonly device: number
}

export interface ModelProof {
  readonly id: string
  readonly version: string
  /** What its card asks for. */
  readonly minAgreement: number
  /** Agreement of each one's map of the golden scans with the golden label map, and of the two maps (src/model/golden.ts). */
  readonly goldenAgreement: Both
  readonly agreementWithCpu: number
  /** Measured on one patch of random numbers. */
  readonly largestLogitDifference: number
  readonly patchMs: Both
  /** Until a network has run once. */
  readonly openSeconds: Both
  /** Whether onnxruntime leaves no node of the network to the CPU. */
  readonly isWhollyOnDevice: boolean
  readonly isMet: boolean
}

export interface Proof {
  readonly models: readonly ModelProof[]
  /** One head through the default model, from file to file. */
  readonly head: {
    readonly model: string
    readonly voxels: number
    readonly seconds: Both
    /** The device over the CPU: below 1 the device is faster. */
    readonly ratio: number
    readonly agreementWithCpu: number
  }
  /** Heads in a row on the device. */
  readonly batch: { readonly heads: number; readonly seconds: number; readonly headsAMinute: number }
}

export type FromProver =
  | { readonly kind: 'doing'; readonly what: string }
  | { readonly kind: 'proof'; readonly proof: Proof }
  | { readonly kind: 'failed'; readonly reason: string }
