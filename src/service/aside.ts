/**
 * Work that takes a second and the memory of a scan, and needs no network: counting a corrected map anew, writing a scan as
 * NIfTI. One at a time, each in a thread that ends with it, so that its memory is given back.
 */
import { Worker } from 'node:worker_threads'
import { type Fault, FaultError } from '../errors.ts'
import type { Recounted, RecountFiles } from '../inference/recount.ts'
import type { AsideTask, ScanFiles } from './aside-tasks.ts'

export interface Aside {
  /** Faults: those of recountFiles(); queue-full. */
  recount(task: RecountFiles): Promise<Recounted>
  /** Faults: those of readInput(); queue-full. */
  writeScan(task: ScanFiles): Promise<void>
}

/** What a thread says when it has ended its task; anything that is no fault is an error of the thread. */
export type AsideAnswer = { readonly done: Recounted | null } | { readonly fault: Fault }

/** How many may wait, each with its files on the disk. */
const MOST_WAITING = 16

export function createAside(): Aside {
  let turn: Promise<unknown> = Promise.resolve()
  let waiting = 0

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting >= MOST_WAITING) throw new FaultError('queue-full', 'too many maps and scans are being read; try later')
    waiting++
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine.finally(() => {
      waiting--
    })
  }

  return {
    async recount(task) {
      const done = await inTurn(() => run({ kind: 'recount', ...task }))
      if (done === null) throw new Error('a map was counted and no report came')
      return done
    },
    async writeScan(task) {
      await inTurn(() => run({ kind: 'scan', ...task }))
    },
  }
}

function run(task: AsideTask): Promise<Recounted | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Recounted | null>()
  const worker = new Worker(new URL('./aside-thread.ts', import.meta.url), { workerData: task })
  worker.once('message', (answer: AsideAnswer) => {
    if ('done' in answer) resolve(answer.done)
    else reject(new FaultError(answer.fault.kind, answer.fault.message))
  })
  worker.once('error', reject)
  worker.once('exit', (code) => reject(new Error(`a thread ended with ${code} and said nothing`)))
  return promise
}
