/** What a result depends on, as one hash: another one, and it is computed again. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FaultError } from '../errors.ts'

/** SHA-256 of a file, and of a folder that of the names and hashes of all that is in it. @throws FaultError scan-unreadable */
export async function hashOf(channel: string, path: string, signal?: AbortSignal): Promise<string> {
  try {
    return await sha256Of(path, signal)
  } catch (error) {
    if (signal?.aborted) throw new FaultError('cancelled', 'cancelled while files were read', { cause: error })
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw new FaultError('scan-unreadable', `channel ${channel}: the file cannot be read (${error.code})`, {
      cause: error,
    })
  }
}

async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  if ((await stat(path)).isDirectory()) {
    for (const name of (await readdir(path)).sort()) {
      hash.update(JSON.stringify([name, await sha256Of(join(path, name), signal)]))
    }
  } else await pipeline(createReadStream(path), hash, { ...(signal && { signal }) })
  return hash.digest('hex')
}

/** @param parts whatever JSON can hold, in an order that is always the same */
export function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
