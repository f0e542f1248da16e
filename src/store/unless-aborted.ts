import { aborted } from 'node:util'

/** Settles as the work does, or rejects with the signal's reason at once when that aborts; the work may go on unseen. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  try {
    return await Promise.race([work, aborted(signal, work).then(() => Promise.reject(signal.reason))])
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
