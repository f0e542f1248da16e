/**
 * Folders for the copies of model sets (models-copy.ts): one a set, named by this machine and this run, gone with the
 * last process that may load from it.
 */
import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

export interface ModelSets {
  /** A path where nothing lies yet; undefined where sets are not copied. */
  next(): string | undefined
  drop(set: string | undefined): Promise<void>
  /** What earlier runs on this machine left. Other machines may share the folder: theirs is not touched. */
  dropLeftovers(): Promise<void>
}

/** @param dir undefined: no copies */
export function modelSets(dir: string | undefined): ModelSets {
  const machine = `${hostname()}_`
  const run = `${machine}${randomUUID()}_`
  let sets = 0
  return {
    next: () => (dir === undefined ? undefined : join(dir, `${run}${++sets}`)),
    async drop(set) {
      if (set === undefined) return
      await rm(set, { recursive: true, force: true })
      await rm(`${set}.part`, { recursive: true, force: true })
    },
    async dropLeftovers() {
      if (dir === undefined) return
      const left = (await readdir(dir)).filter((name) => name.startsWith(machine) && !name.startsWith(run))
      await Promise.all(left.map((name) => rm(join(dir, name), { recursive: true, force: true })))
    },
  }
}
