/** The thread of aside.ts: one task, one answer. */
import { parentPort, workerData } from 'node:worker_threads'
import { FaultError } from '../errors.ts'
import type { AsideAnswer } from './aside.ts'
import { type AsideTask, doAside } from './aside-tasks.ts'

const answer = await doAside(workerData as AsideTask).then(
  (done): AsideAnswer => ({ done }),
  (error: unknown): AsideAnswer => {
    if (error instanceof FaultError) return { fault: error.fault }
    throw error
  },
)
parentPort?.postMessage(answer)
