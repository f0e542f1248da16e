/** Forgets studies that were settled long ago, and files of studies whose process died while it fetched them. */
import { mkdir } from 'node:fs/promises'
import { removeOlder } from '../service/leftovers.ts'
import type { StudyStore } from '../store/study-store.ts'
import type { Log } from '../telemetry/log.ts'

const EVERY_MS = 3_600_000
const DAY_MS = 86_400_000

export interface SweepPacsDeps {
  readonly studies: Pick<StudyStore, 'dropOld'>
  readonly passingDir: string
  readonly keepDays: number
  readonly log: Pick<Log, 'error'>
}

/** From now on. @returns how to stop */
export function sweepPacs({ studies, passingDir, keepDays, log }: SweepPacsDeps): () => void {
  async function sweep(): Promise<void> {
    await studies.dropOld(keepDays * DAY_MS)
    await mkdir(passingDir, { recursive: true, mode: 0o700 })
    // Nobody fetches for a day.
    await removeOlder(passingDir, DAY_MS, Date.now())
  }
  const say = () => sweep().catch((error: unknown) => log.error({ err: error }, 'old studies are not swept'))
  say()
  const timer = setInterval(say, EVERY_MS).unref()
  return () => clearInterval(timer)
}
