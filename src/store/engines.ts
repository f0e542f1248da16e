/**
 * Which engines keep jobs, scans and label maps. On one machine SQLite and a folder, with nothing to set up; several
 * machines share a PostgreSQL, and S3-compatible storage or a volume.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { FaultError } from '../errors.ts'
import type { Blobs } from './blobs.ts'
import { openDirectoryBlobs } from './blobs-directory.ts'
import type { FollowUps } from './follow-ups.ts'
import { openPostgresStore, openSqliteStore, type Store } from './store.ts'

export interface Engines {
  readonly store: Store
  readonly blobs: Blobs
}

type Settings = Pick<Config, 'dataDir' | 'databaseUrl' | 'blobs' | 's3Endpoint' | 's3Region'>

async function openBlobs({ dataDir, blobs, s3Endpoint, s3Region: region }: Settings): Promise<Blobs> {
  if (blobs === null) return openDirectoryBlobs(join(dataDir, 'blobs'))
  // Only here: the SDK takes a tenth of a second and 34 MiB to load.
  const [{ createS3Blobs, parseS3Place }, { createS3Client }] = await Promise.all([
    import('./blobs-s3.ts'),
    import('./s3-client.ts'),
  ])
  const place = parseS3Place(blobs)
  if (place === undefined) throw new FaultError('not-ready', 'ONELABEL_BLOBS must be s3://bucket/prefix')
  return createS3Blobs(createS3Client({ region, ...(s3Endpoint && { endpoint: s3Endpoint }) }), place)
}

/**
 * Rejects with the error of the file system or of SQLite where the data folder cannot be used.
 * @throws FaultError not-ready: a data base that is not reached, a schema of a later version of this service
 */
export async function openStore(
  { dataDir, databaseUrl }: Pick<Config, 'dataDir' | 'databaseUrl'>,
  followUps?: FollowUps,
): Promise<Store> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  if (databaseUrl !== null) return openPostgresStore(databaseUrl, followUps)
  return openSqliteStore(join(dataDir, 'jobs.sqlite'), Date.now, followUps)
}

/** As openStore(). @throws FaultError not-ready also for settings of the blobs that do not belong together */
export async function openEngines(settings: Settings, followUps?: FollowUps): Promise<Engines> {
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 })
  const blobs = await openBlobs(settings)
  return { blobs, store: await openStore(settings, followUps) }
}
