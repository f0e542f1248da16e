/** Stores the test object at a destination, by the way that results go, and says in words what came of it. */
import { checkObject } from './check-object.ts'
import type { DestinationConfig } from './config.ts'
import { PacsError, type Verdict, verdictOf } from './delivery-code.ts'
import { openDestination } from './open-destination.ts'

/** What would become of a result that fared so (deliver.ts). */
const FOLLOWS: Readonly<Record<Exclude<Verdict, 'stored'>, string>> = {
  transient: 'a result would be tried again for a day',
  ambiguous: 'a result would be looked for, and tried again for a day where it is not there',
  permanent: 'a result would be given up at once',
}

/** A test that could not be stored: what came of it, and what that would mean for a result. */
export class StoreRefused extends Error {}

/** @throws StoreRefused; PacsError where nothing was sent; the signal's reason */
export async function checkStore(config: DestinationConfig, signal: AbortSignal): Promise<string> {
  const { parcel, blobs } = checkObject()
  const destination = await openDestination(config, blobs)
  try {
    const wasThere = (await destination.isThere?.(parcel, signal)) ?? false
    const state = await destination.deliver(parcel, true, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      const verdict = error instanceof PacsError ? verdictOf(error.code) : 'stored'
      if (!(error instanceof PacsError) || verdict === 'stored') throw error
      throw new StoreRefused(`${error.message}, when a test object was stored: ${FOLLOWS[verdict]}`, { cause: error })
    })
    if (state !== 'verified') return 'took a test object; verify is none, so nobody asked whether it has it'
    // A search that finds it does not tell which of the checks stored it.
    if (wasThere) return 'had the test object before; delete its study to see whether it stores today'
    return `took a test object, and ${config.kind === 'stow' ? 'a search' : 'C-FIND'} finds it there`
  } finally {
    destination.close()
  }
}
