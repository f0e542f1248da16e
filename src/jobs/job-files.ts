/** The folders of jobs: <data>/jobs/<uuid>/ with the uploads, later the label map. Readable by this user only. */
import { constants } from 'node:fs'
import { access, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FaultError, isDiskFull } from '../errors.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A full disk is the caller's to know of; every other error of the file system stays a bug. */
export function asDiskFault(error: unknown): unknown {
  return isDiskFull(error)
    ? new FaultError('disk-full', 'no space left for uploads and results; try later', { cause: error })
    : error
}

/** @throws FaultError disk-full */
export async function makeJobDir(jobsDir: string, id: string): Promise<string> {
  const dir = join(jobsDir, id)
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw asDiskFault(error)
  })
  return dir
}

/** Removes a job's folder with all that is in it; one that is gone already is no error. */
export function removeDir(dir: string): Promise<void> {
  return rm(dir, { recursive: true, force: true })
}

/** Removes everything in a folder but one file. */
export async function keepOnly(dir: string, name: string): Promise<void> {
  const others = (await readdir(dir)).filter((entry) => entry !== name)
  await Promise.all(others.map((entry) => rm(join(dir, entry), { recursive: true, force: true })))
}

/**
 * The job folders that a previous run left, once it is known that this one can write beside them: its in-memory queue is
 * gone, so nobody can ask for them. Only folders named like a job count, in case the folder was pointed at something
 * else. Two services must not share a folder.
 */
export async function findLeftovers(jobsDir: string): Promise<readonly string[]> {
  await mkdir(jobsDir, { recursive: true, mode: 0o700 })
  await access(jobsDir, constants.W_OK)
  return (await readdir(jobsDir)).filter((name) => UUID.test(name)).map((name) => join(jobsDir, name))
}
