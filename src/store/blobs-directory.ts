/**
 * Blobs in a folder: <root>/<job uuid>/<name>. On one machine, or on a volume that several mount.
 * A name is in its directory only when its bytes are on the disk, and put() returns only when the name is on the disk too
 * (fsync of the file before the rename, of both directories after it): an accepted job survives a loss of power.
 */
import { randomUUID } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isMissing } from '../errors.ts'
import { asDiskFull, type Blobs, blobMissing, isJobId, splitKey, splitPrefix } from './blobs.ts'
import { unlessAborted } from './unless-aborted.ts'

async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}

function isOtherDevice(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EXDEV'
}

/** Renames; from another file system a copy is made under a passing name first. */
async function move(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  await unlessAborted(syncToDisk(from), signal)
  try {
    await rename(from, to)
  } catch (error) {
    if (!isOtherDevice(error)) throw error
    const part = join(dirname(to), `.${randomUUID()}.part`)
    try {
      const file = await open(part, 'wx', 0o600)
      await pipeline(createReadStream(from), file.createWriteStream(), signal ? { signal } : {})
      await unlessAborted(syncToDisk(part), signal)
      await rename(part, to)
    } catch (copyError) {
      await rm(part, { force: true })
      throw copyError
    }
    await rm(from)
  }
}

/** Makes a folder that is still there after a loss of power. */
async function makeDurableDir(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = path; made !== dirname(first); made = dirname(made)) await syncToDisk(dirname(made))
}

/** @param root made when it is missing; readable by this user only */
export async function openDirectoryBlobs(root: string): Promise<Blobs> {
  const base = resolve(root)
  await makeDurableDir(base)
  const pathOf = (key: string) => join(base, splitKey(key).jobId, splitKey(key).name)

  async function opened(key: string) {
    try {
      return await open(pathOf(key), 'r')
    } catch (error) {
      throw isMissing(error) ? blobMissing(key, { cause: error }) : error
    }
  }

  return {
    async put(key, path, { signal } = {}) {
      const to = pathOf(key)
      signal?.throwIfAborted()
      try {
        await makeDurableDir(dirname(to))
        await move(path, to, signal)
        await syncToDisk(dirname(to))
      } catch (error) {
        signal?.throwIfAborted()
        throw asDiskFull(error)
      }
    },
    async fetch(key, _intoDir, { signal } = {}) {
      signal?.throwIfAborted()
      await (await opened(key)).close()
      return pathOf(key)
    },
    async openRead(key, { signal } = {}) {
      signal?.throwIfAborted()
      const handle = await opened(key)
      return { stream: handle.createReadStream(signal && { signal }), sizeBytes: (await handle.stat()).size }
    },
    async remove(prefix) {
      const { jobId, name } = splitPrefix(prefix)
      await rm(join(base, jobId, name ?? ''), { recursive: true, force: true })
    },
    async untouched(forMs) {
      const ids = (await readdir(base)).filter(isJobId)
      const times = await Promise.all(ids.map((id) => stat(join(base, id)).catch(() => null)))
      return ids.filter((_id, index) => (times[index]?.mtimeMs ?? Number.POSITIVE_INFINITY) <= Date.now() - forMs)
    },
    ping: () => access(base, constants.R_OK | constants.W_OK | constants.X_OK),
  }
}
