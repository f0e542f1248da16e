/**
 * What work needs beside a computation: that store and storage answer, and room on the disk. Asked by anyone and as often as
 * they like, of which a write transaction and a list of a bucket must not be the price: an answer counts for a second, and
 * while one is awaited nobody asks again.
 */
import type { Blobs } from '../store/blobs.ts'
import type { JobStore } from '../store/job-store.ts'
import { noRoomBecause, type StatFs } from './disk-room.ts'

export interface ChecksDeps {
  readonly store: Pick<JobStore, 'ping'>
  readonly blobs: Pick<Blobs, 'ping'>
  readonly dataDir: string
  readonly minFreeBytes: number
  /** Reasons that need no asking. */
  readonly known?: () => readonly string[]
  readonly statfs?: StatFs
  /** A clock that never goes back. */
  readonly nowMs?: () => number
}

/** A probe waits a second or a few. */
const PATIENCE_MS = 1_000
const COUNTS_FOR_MS = 1_000

/** @returns asks for every reason not to be ready; never rejects, and answers within about a second */
export function createChecks(deps: ChecksDeps): () => Promise<readonly string[]> {
  const { store, blobs, dataDir, minFreeBytes, known = () => [], statfs, nowMs = () => performance.now() } = deps
  const checks = [
    check('the job store', () => store.ping().then(() => null)),
    check('the blob storage', () => blobs.ping().then(() => null)),
    check('the disk of the data folder', () => noRoomBecause(dataDir, minFreeBytes, statfs)),
  ]

  function check(what: string, ask: () => Promise<string | null>): () => Promise<string | null> {
    const unreachable = `${what} cannot be reached`
    let answer: Promise<string | null> | undefined
    let answeredMs: number | undefined

    return () => {
      if (answer === undefined || (answeredMs !== undefined && nowMs() - answeredMs >= COUNTS_FOR_MS)) {
        answeredMs = undefined
        answer = ask()
          .catch(() => unreachable)
          .finally(() => {
            answeredMs = nowMs()
          })
      }
      return inTime(answer, unreachable)
    }
  }

  return async () => {
    const asked = await Promise.all(checks.map((ask) => ask()))
    return [...known(), ...asked.filter((reason) => reason !== null)]
  }
}

async function inTime(answer: Promise<string | null>, otherwise: string): Promise<string | null> {
  const late = Promise.withResolvers<string>()
  const timer = setTimeout(() => late.resolve(otherwise), PATIENCE_MS)
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer))
}
