/** Whether one more job may come. */
import { FaultError, sizeInWords } from '../errors.ts'

export interface SubmitLimits {
  /** Jobs waiting, of all owners. */
  readonly queued: number
  /** Jobs waiting or running, of one owner. */
  readonly perOwnerJobs: number
  /** Their scans together, this one's too. */
  readonly perOwnerBytes: number
}

/**
 * @param queued jobs that wait now, of all owners
 * @param usage jobs of this owner that wait or run now, and the bytes of their scans
 * @param inputBytes of the new job
 * @throws FaultError upload-too-large where waiting would not help; queue-full, too-many-jobs
 */
export function requireRoom(
  queued: number,
  usage: { readonly jobs: number; readonly bytes: number },
  inputBytes: number,
  limits: SubmitLimits,
): void {
  if (inputBytes > limits.perOwnerBytes) {
    const allowed = `you may have ${sizeInWords(limits.perOwnerBytes, 'down')} at a time`
    throw new FaultError('upload-too-large', `the scans have ${sizeInWords(inputBytes, 'up')}, ${allowed}`)
  }
  if (queued >= limits.queued) {
    throw new FaultError('queue-full', `${queued} jobs are waiting, at most ${limits.queued} may; try later`)
  }
  if (usage.jobs >= limits.perOwnerJobs) {
    const allowed = `at most ${limits.perOwnerJobs} may`
    throw new FaultError('too-many-jobs', `${usage.jobs} jobs of yours wait or run, ${allowed}; try later`)
  }
  const bytes = usage.bytes + inputBytes
  if (bytes > limits.perOwnerBytes) {
    const allowed = `at most ${sizeInWords(limits.perOwnerBytes, 'down')} may`
    throw new FaultError(
      'too-many-jobs',
      `${sizeInWords(bytes, 'up')} of yours would wait or run, ${allowed}; try later`,
    )
  }
}
