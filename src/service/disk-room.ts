/** Whether the disk of the data folder has room for more scans. */
import { statfs } from 'node:fs/promises'

export type StatFs = (path: string) => Promise<{ readonly bavail: number; readonly bsize: number }>

/** Why no upload may begin, with both numbers; null: there is room. */
export async function noRoomBecause(dir: string, minFreeBytes: number, ask: StatFs = statfs): Promise<string | null> {
  const { bavail, bsize } = await ask(dir)
  const freeBytes = bavail * bsize
  return freeBytes >= minFreeBytes ? null : `${freeBytes} bytes are free on the disk, uploads need ${minFreeBytes}`
}
