/** The result cache: what the same caller was given for the same scans, model and options. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FaultError, isMissing } from '../errors.ts'
import type { Card } from '../model/card.ts'
import type { Blobs } from '../store/blobs.ts'
import type { JobStore, StoredResult } from '../store/job-store.ts'
import { keptKeysOf, labelsKeyOf } from './result-keys.ts'

interface Asked {
  /** The id of the new job. */
  readonly id: string
  readonly owner: string
  readonly resultKey: string
  /** The options of both jobs: they are part of the key. */
  readonly options: Readonly<Record<string, string>>
  /** The card of the model that would compute it. */
  readonly card: Card
  /** A folder for a passing copy. */
  readonly dir: string
}

/** An earlier result, its files copied: each job owns its files. null: there is none (any more). */
export async function earlierResult(
  store: Pick<JobStore, 'findResult'>,
  blobs: Pick<Blobs, 'fetch' | 'put'>,
  { id, owner, resultKey, options, card, dir }: Asked,
): Promise<StoredResult | null> {
  const found = await store.findResult(owner, resultKey)
  if (found?.job.state !== 'succeeded' || found.labelsKey === null) return null
  // A job that waited while the models were reloaded was asked of one model and done by another.
  const { version, sha256 } = found.job.report.model
  if (version !== card.version || sha256 !== card.weights.sha256) return null
  try {
    const labelsKey = labelsKeyOf({ id, token: 0 })
    const { report } = found.job
    const [from, to] = [found.labelsKey, labelsKey].map((key) => keptKeysOf(report, options, key)) as [
      string[],
      string[],
    ]
    for (const [at, key] of from.entries()) await copyBlob(key, to[at]!)
    return { report, labelsKey }
  } catch (error) {
    const isGone = error instanceof FaultError && error.fault.kind === 'blob-missing'
    if (isGone || isMissing(error)) return null // swept at this moment
    throw error
  }

  async function copyBlob(from: string, to: string): Promise<void> {
    const copy = join(dir, 'copy')
    await copyFile(await blobs.fetch(from, dir), copy)
    await blobs.put(to, copy)
  }
}
