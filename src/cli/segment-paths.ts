/** Whether the files of a command line can be read and written, asked before minutes of work. */
import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { usageError } from './command.ts'

/**
 * Everything that is wrong is a usage error: a scan that cannot be read, a target whose folder cannot be written
 * into, that is a folder itself, or that is one of the scans (whatever its name): a scan is never overwritten.
 */
export async function checkPaths(scans: readonly string[], targets: readonly string[]): Promise<void> {
  const inputs = new Set<string>()
  for (const path of scans) {
    const found = await identify(path)
    await access(path, constants.R_OK).catch((cause: unknown) => complain(`cannot read ${path}`, cause))
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

/**
 * The folder that all results go into is made where it is not there.
 * @param scans may be folders; results are never put into one of them
 */
export async function checkFolder(scans: readonly string[], folder: string): Promise<void> {
  const target = resolve(folder)
  for (const scan of scans) {
    const isWithin = !relative(resolve(scan), target).startsWith('..')
    if (isWithin) throw usageError(`${folder} lies in ${scan}, which is read; results go into a folder of their own`)
  }
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => complain(`cannot write into ${folder}`, cause))
}

/** Two paths of one file have one identity; null where there is nothing. */
async function identify(path: string): Promise<{ readonly identity: string; readonly isFolder: boolean } | null> {
  const found = await stat(path).catch(() => null)
  return found && { identity: `${found.dev}:${found.ino}`, isFolder: found.isDirectory() }
}

function complain(message: string, cause: unknown): never {
  throw Object.assign(usageError(message), { cause })
}
