/** Whether the files of a command line can be read and written, asked before minutes of work. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { usageError } from './command.ts'

/**
 * Everything that is wrong is a usage error: a scan that is no readable file, a target whose folder cannot be written
 * into, that is a folder itself, or that is one of the scans (whatever its name): a scan is never overwritten.
 */
export async function checkPaths(scans: readonly string[], targets: readonly string[]): Promise<void> {
  const inputs = new Set<string>()
  for (const path of scans) {
    const found = await identify(path)
    await access(path, constants.R_OK).catch((cause: unknown) => complain(`cannot read ${path}`, cause))
    if (found?.isFolder) throw usageError(`cannot read ${path}: it is a folder`)
    if (found) inputs.add(found.identity)
  }
  for (const path of targets) {
    await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
      complain(`cannot write into ${dirname(path)}`, cause)
    })
    const found = await identify(path)
    if (found?.isFolder) throw usageError(`cannot write ${path}: it is a folder`)
    if (found && inputs.has(found.identity)) throw usageError(`${path} is a scan; it would be overwritten`)
  }
  if (new Set(targets).size < targets.length)
    throw usageError('the label map, the confidence and the report need a file each')
}

/** Two paths of one file have one identity; null where there is nothing. */
async function identify(path: string): Promise<{ readonly identity: string; readonly isFolder: boolean } | null> {
  const found = await stat(path).catch(() => null)
  return found && { identity: `${found.dev}:${found.ino}`, isFolder: found.isDirectory() }
}

function complain(message: string, cause: unknown): never {
  throw Object.assign(usageError(message), { cause })
}
