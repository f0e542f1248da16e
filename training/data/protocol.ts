/** What passes between the feeder and its workers. */
import type { Batch, StreamOptions, StreamStats } from './stream.ts'

export interface WorkerData {
  readonly options: StreamOptions
  /** [CREDITS]: batches the worker may still make; [STOP]: 1 when it must end. Shared, so that a busy main is no brake. */
  readonly control: Int32Array<SharedArrayBuffer>
}

export const CREDITS = 0
export const STOP = 1

export type FromWorker =
  | { readonly kind: 'batch'; readonly batch: Batch; readonly stats: StreamStats }
  | { readonly kind: 'failed'; readonly error: Error }
