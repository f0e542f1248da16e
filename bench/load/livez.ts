/** Whether the service answers at all while it works: /livez asked every few milliseconds, by a thread of its own. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface LivezAnswers {
  /** The times of all answers that were 200. */
  readonly ms: readonly number[]
  /** Other answers, and none within 10 s. */
  readonly failed: number
}

/** @returns how to stop and hear what came of it */
export function pollLivez(base: string, everyMs: number): () => Promise<LivezAnswers> {
  const poller = new Worker(new URL('./livez-poller.ts', import.meta.url), { workerData: { base, everyMs } })
  return async () => {
    const answered = once(poller, 'message') as Promise<[LivezAnswers]>
    poller.postMessage('stop')
    const [answers] = await answered
    await poller.terminate()
    return answers
  }
}
