/** What a process that died left in the data folder beside jobs and blobs: half uploads and work that was cut off. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Makes a folder for passing files, readable by this user only. Rejects when it cannot be made. */
export async function makePassingDir(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  return path
}

/**
 * Removes what lies directly in `dir` and was not touched for so long that nobody can still be at it: other processes may
 * share the folder.
 * @returns how many there were
 */
export async function removeOlder(dir: string, olderThanMs: number, nowMs: number): Promise<number> {
  let removed = 0
  for (const name of await readdir(dir)) {
    const path = join(dir, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (mtimeMs > nowMs - olderThanMs) continue
    await rm(path, { recursive: true, force: true })
    removed++
  }
  return removed
}
