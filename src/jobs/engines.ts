/** Which engines keep jobs, scans and label maps: on one machine SQLite and a folder, with nothing to set up. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Blobs } from './blobs.ts'
import { openDirectoryBlobs } from './blobs-directory.ts'
import type { JobStore } from './job-store.ts'
import { openSqliteStore } from './sqlite-store.ts'

export interface Engines {
  readonly store: JobStore
  readonly blobs: Blobs
}

/** Rejects with the error of the file system or of SQLite where the data folder cannot be used. */
export async function openEngines({ dataDir }: Pick<Config, 'dataDir'>): Promise<Engines> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const blobs = await openDirectoryBlobs(join(dataDir, 'blobs'))
  return { store: openSqliteStore(join(dataDir, 'jobs.sqlite')), blobs }
}
