/** A tfjs model on disk: model.json and the shards beside it. */
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Artifacts, artifactsOf, WANTED } from './artifacts-of.ts'

/** @throws what artifactsOf() says, or that there is no such file */
export async function readArtifacts(path: string): Promise<Artifacts> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Error(`there is no file at ${path}; ${WANTED}`)
  if (found.isDirectory()) throw new Error(`${path} is a folder; ${WANTED}`)
  return artifactsOf(await readFile(path), (name) =>
    readFile(join(dirname(path), name)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause
      return undefined
    }),
  )
}
