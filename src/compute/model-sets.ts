/**
 * Folders for the copies of model sets (models-copy.ts): one a set, named by this machine and this run, gone with the
 * last process that may load from it. What cannot be removed is logged; it harms nobody.
 */
import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../telemetry/log.ts'

export interface ModelSets {
  /** A path where nothing lies yet; undefined where sets are not copied. */
  next(): string | undefined
  drop(set: string | undefined): void
  /** What earlier runs on this machine left. Other machines may share the folder: theirs is not touched. */
  dropLeftovers(): void
  /** Resolves when everything that was dropped is gone. */
  settled(): Promise<void>
}

/** @param dir undefined: no copies */
export function modelSets(dir: string | undefined, log: Pick<Log, 'error'>): ModelSets {
  const machine = `${hostname()}_`
  const run = `${machine}${randomUUID()}_`
  let sets = 0
  let dropping = Promise.resolve()

  function afterOthers(drop: () => Promise<void>): void {
    dropping = dropping
      .then(drop)
      .catch((error: unknown) => log.error({ err: error }, 'a copy of models could not be removed'))
  }

  return {
    next: () => (dir === undefined ? undefined : join(dir, `${run}${++sets}`)),
    drop(set) {
      if (set === undefined) return
      afterOthers(async () => {
        await rm(set, { recursive: true, force: true })
        await rm(`${set}.part`, { recursive: true, force: true })
      })
    },
    dropLeftovers() {
      if (dir === undefined) return
      afterOthers(async () => {
        const left = (await readdir(dir)).filter((name) => name.startsWith(machine) && !name.startsWith(run))
        await Promise.all(left.map((name) => rm(join(dir, name), { recursive: true, force: true })))
      })
    },
    settled: () => dropping,
  }
}
