/** The memory of another process of this machine, as Linux tells it. */
import { readFile } from 'node:fs/promises'

/** @returns bytes in RAM; undefined where the process is gone or the system has no /proc */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kib === undefined ? undefined : Number(kib) * 1024
}
