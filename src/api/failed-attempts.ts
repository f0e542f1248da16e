/**
 * How often an address failed to say who it is. Memory is bounded: an address beyond the most that are kept pushes out
 * the oldest. IPv6 counts by /64, the least that a subscriber is given (RFC 6177).
 */
import { isIPv6 } from 'node:net'

const ALLOWED = 10
const WINDOW_MS = 60_000
const MOST_ADDRESSES = 10_000

export interface FailedAttempts {
  /** Counts one more; 0 if it is within what is allowed, else the milliseconds until the address starts afresh. */
  fail(address: string): number
  readonly size: number
}

export function createFailedAttempts(nowMs: () => number, mostAddresses = MOST_ADDRESSES): FailedAttempts {
  const failures = new Map<string, { count: number; readonly sinceMs: number }>()
  return {
    fail(address) {
      const network = networkOf(address)
      const known = failures.get(network)
      const isRunning = known !== undefined && nowMs() - known.sinceMs < WINDOW_MS
      const entry = isRunning ? known : { count: 0, sinceMs: nowMs() }
      entry.count++
      if (!isRunning) failures.delete(network) // so that it goes to the end: the map stays in order of age
      failures.set(network, entry)
      if (failures.size > mostAddresses) failures.delete(failures.keys().next().value ?? '')
      return entry.count > ALLOWED ? entry.sinceMs + WINDOW_MS - nowMs() : 0
    },
    get size() {
      return failures.size
    },
  }
}

/** "2001:db8::5" → "2001:db8:0:0"; "::ffff:10.0.0.1" is IPv4 and stays whole. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
