/** What passes between the feeder and its workers. */
import type { HeadClasses, LossTargets } from '../method/losses/targets.ts'
import type { Batch, StreamOptions, StreamStats } from './stream.ts'

/** A batch as a step is fed: its sets are made into targets by the worker, which has the time. */
export interface StepBatch extends Pick<Batch, 'image' | 'source'> {
  readonly targets: LossTargets
}

export interface WorkerData {
  readonly options: StreamOptions
  /** The heads of the network. */
  readonly heads: readonly HeadClasses[]
  /** [CREDITS]: batches the worker may still make; [STOP]: 1 when it must end. Shared, so that a busy main is no brake. */
  readonly control: Int32Array<SharedArrayBuffer>
}

export const CREDITS = 0
export const STOP = 1

export type FromWorker =
  | { readonly kind: 'batch'; readonly batch: StepBatch; readonly stats: StreamStats }
  | { readonly kind: 'failed'; readonly error: Error }
