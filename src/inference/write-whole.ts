/** A result file appears under its name whole or not at all. */
import { open, rename, rm } from 'node:fs/promises'
import { FaultError, isDiskFull, sizeInWords } from '../errors.ts'

/** Writes `<path>.part`, then renames it. @throws FaultError disk-full */
export async function writeWhole(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const partPath = `${path}.part`
  let bytes = 0
  try {
    const file = await open(partPath, 'w')
    try {
      for (const chunk of chunks) {
        bytes += chunk.byteLength
        await file.writeFile(chunk)
      }
    } finally {
      await file.close()
    }
    await rename(partPath, path)
  } catch (error) {
    await rm(partPath, { force: true })
    if (!isDiskFull(error)) throw error
    throw new FaultError('disk-full', `no room for ${sizeInWords(bytes, 'up')} of a result`, { cause: error })
  }
}
