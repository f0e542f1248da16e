import { setTimeout as pause } from 'node:timers/promises'

/** Archives file what they took before it can be searched for; what is not found after these waits a later try looks for. */
const LOOKS_MS = [0, 500, 2_000, 5_000]

export async function isFoundSoon(look: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  for (const waitMs of LOOKS_MS) {
    await pause(waitMs, undefined, { signal })
    if (await look()) return true
  }
  return false
}
