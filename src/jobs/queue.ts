/**
 * What the API asks of a queue. Engines: memory-queue.ts. A queue hands out a place and a folder before an upload
 * starts, so that a full service says so before it has received a gigabyte, and so that an upload always lies in
 * the folder of its job: <data>/jobs/<id>/.
 */
import type { SegmentTask } from '../compute/protocol.ts'
import type { OnProgress } from '../inference/progress.ts'
import type { Report } from '../inference/report.ts'
import type { Job } from './job.ts'

export type Run = (
  task: SegmentTask,
  options: { readonly signal: AbortSignal; readonly onProgress: OnProgress },
) => Promise<Report>

/** A place in the queue, held while the upload arrives. */
export interface Place {
  /** UUIDv4; becomes the id of the job. */
  readonly id: string
  readonly dir: string
}

export interface JobQueue {
  /** @throws FaultError queue-full, draining, disk-full */
  reserve(): Promise<Place>
  /** Gives the place back and removes its folder: the upload failed. */
  release(place: Place): Promise<void>
  submit(place: Place, task: Omit<SegmentTask, 'outPath'>): Job
  get(id: string): Job | undefined
  /** The job once it is final, or as it stands when the signal aborts. */
  settled(id: string, signal: AbortSignal): Promise<Job | undefined>
  /** A waiting job ends at once, a running one when the computation has stopped; a final job is left as it is. */
  cancel(id: string): Promise<Job | undefined>
  /** Forgets a final job and deletes its files. */
  remove(id: string): Promise<void>
  /** Where the label map of a succeeded job lies. */
  labelsPath(id: string): string
  counts(): { readonly queued: number; readonly running: number }
  /** Forgets final jobs older than the time results are kept. */
  sweep(): Promise<void>
  /** No new work; waiting jobs fail as `draining`, the running one may finish within the grace. */
  drain(graceMs: number): Promise<void>
}
