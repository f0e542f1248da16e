/** Which machine this is, and which of its processes live: for files that processes of several machines keep together. */
import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { hasCode } from '../errors.ts'

/**
 * Processes of one name see each other's numbers. Containers may share a host's name; on Linux the number of the space that
 * their processes are counted in tells them apart.
 */
export function thisMachine(): string {
  return `${hostname()}.${processSpace()}`
}

function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''
  } catch {
    return '' // no Linux, and no such spaces
  }
}

/** @param pid of a process of this machine */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return hasCode(error, 'EPERM') // of another user
  }
}
