/** Whether the disk of the data folder has room for more scans. */
import { statfs } from 'node:fs/promises'
import { sizeInWords } from '../errors.ts'

export type StatFs = (path: string) => Promise<{ readonly bavail: number; readonly bsize: number }>

/** Why no upload may begin, with both numbers; null: there is room. */
export async function noRoomBecause(dir: string, minFreeBytes: number, ask: StatFs = statfs): Promise<string | null> {
  const { bavail, bsize } = await ask(dir)
  const freeBytes = bavail * bsize
  if (freeBytes >= minFreeBytes) return null
  return `${sizeInWords(freeBytes, 'down')} are free on the disk, but uploads need ${sizeInWords(minFreeBytes, 'up')}`
}
