/**
 * Folders for the copies of model sets (models-copy.ts), one a set, gone with the last process that may load from it.
 * Several processes, of several machines, may keep their sets in one folder. A set is held by who made it: its name says
 * by which process of which machine, and the time of its last change says when that process last lived. What nobody
 * holds any more goes, soon after the start and from then on. What cannot be removed is logged; it harms nobody.
 */
import { randomUUID } from 'node:crypto'
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { isRunning, thisMachine } from './machine.ts'

export interface ModelSets {
  /** A path where nothing lies yet; undefined where sets are not copied. */
  next(): string | undefined
  drop(set: string | undefined): void
  /** What runs left that are over. */
  dropLeftovers(): void
  /** Resolves when everything that was dropped is gone. */
  settled(): Promise<void>
}

/** So often a process says that its sets are held, and looks for what is not. */
export const RENEW_MS = 60_000
/** Not held by a process of another machine which has said nothing for so long. Clocks may differ by minutes. */
export const FORGOTTEN_MS = 60 * RENEW_MS

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
/** <machine>_<pid>_<uuid of the run>_<count>, and without the pid of earlier versions; '.part' while it is being made. */
const SET = new RegExp(`^(?<machine>.+?)_(?:(?<pid>\\d+)_)?${UUID}_\\d+(?:\\.part)?$`)

/** @param dir undefined: no copies */
export function modelSets(dir: string | undefined, log: Pick<Log, 'error'>): ModelSets {
  const run = `${thisMachine()}_${process.pid}_${randomUUID()}_`
  const own = new Set<string>()
  let count = 0
  let working = Promise.resolve()
  let renewing: NodeJS.Timeout | undefined

  function afterOthers(work: () => Promise<void>): void {
    working = working
      .then(work)
      .catch((error: unknown) => log.error({ err: error }, 'copies of models could not be held or removed'))
  }

  async function renew(): Promise<void> {
    const now = new Date()
    for (const set of own)
      await Promise.all([set, `${set}.part`].map((path) => utimes(path, now, now).catch(unlessMissing)))
  }

  async function removeLeftovers(from: string): Promise<void> {
    for (const name of (await readdir(from).catch(unlessMissing)) ?? []) {
      const path = join(from, name)
      if (!name.startsWith(run) && (await isLeft(path, name))) await rm(path, { recursive: true, force: true })
    }
  }

  return {
    next() {
      if (dir === undefined) return undefined
      const set = join(dir, `${run}${++count}`)
      own.add(set)
      renewing ??= setInterval(() => {
        afterOthers(renew)
        afterOthers(() => removeLeftovers(dir))
      }, RENEW_MS).unref()
      return set
    },
    drop(set) {
      if (set === undefined) return
      own.delete(set)
      if (own.size === 0) {
        clearInterval(renewing)
        renewing = undefined
      }
      afterOthers(async () => {
        await rm(set, { recursive: true, force: true })
        await rm(`${set}.part`, { recursive: true, force: true })
      })
    },
    dropLeftovers() {
      if (dir !== undefined) afterOthers(() => removeLeftovers(dir))
    },
    settled: () => working,
  }
}

/** Whether a folder is a set of a run that is over: here its process would run, elsewhere it would have held it. */
async function isLeft(path: string, name: string): Promise<boolean> {
  const { machine, pid } = SET.exec(name)?.groups ?? {}
  if (machine === undefined) return false
  // another run that had our own number is over, too
  if (machine === thisMachine() && pid !== undefined) return Number(pid) === process.pid || !isRunning(Number(pid))
  const found = await stat(path).catch(unlessMissing)
  return found !== null && found.mtimeMs < Date.now() - FORGOTTEN_MS
}

/** Another process may remove what this one is looking at. */
function unlessMissing(error: unknown): null {
  if (isMissing(error)) return null
  throw error
}
