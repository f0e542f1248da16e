/**
 * Sends one object of ours to a destination, as an effect (service/dispatcher.ts). Its UID is made of what it was made of, so
 * sending it twice is harmless; still nothing is sent again before a look whether an earlier try has arrived. The dispatcher's
 * lanes hold one destination apart from the others and wait longer after each failure: a breaker of our own would be a
 * second one.
 */

import { FaultError } from '../errors.ts'
import { DeliveryError } from '../service/delivery-error.ts'
import type { Done, Handler } from '../service/dispatcher.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Transaction } from '../store/database.ts'
import type { Effect, NewEffect } from '../store/effect-store.ts'
import { PacsError, verdictOf } from './delivery-code.ts'
import { hashOfUid } from './hash-of-uid.ts'

/** What an effect holds: no name, no description. */
export interface Parcel {
  readonly blobKey: string
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  readonly sopInstanceUid: string
  readonly sopClassUid: string
  /** When the last image of its study was seen. */
  readonly lastImageAtMs?: number
}

export interface Destination {
  readonly name: string
  /**
   * Sends it once, or finds that it is there.
   * @param isFirst nothing of this was tried before
   * @throws PacsError; FaultError of the blobs; the signal's reason when it stops the try
   */
  readonly deliver: (parcel: Parcel, isFirst: boolean, signal: AbortSignal) => Promise<Done['state']>
  /** Asks whether it has it; absent where it answers no such question. @throws PacsError, or the signal's reason */
  readonly isThere?: (parcel: Parcel, signal: AbortSignal) => Promise<boolean>
  readonly close: () => void
}

export type DestinationBlobs = Pick<Blobs, 'openRead'>

/** The kind of all effects that go to destinations. */
export const PACS_KIND = 'pacs'
/** A large object over a slow line, and a search for it. */
const HOLD_MS = 15 * 60_000
const LIMIT_MS = 10 * 60_000

/** One object to one destination, once for each job that made it. */
export function parcelOf(jobId: string, destination: string, parcel: Parcel, names: object = {}): NewEffect {
  // Whoever may see effects is shown their keys.
  const key = `pacs_${jobId}_${destination}_${hashOfUid(parcel.sopInstanceUid)}`
  return { jobId, kind: PACS_KIND, target: destination, key, body: parcel, names }
}

/** What is told of a delivery. */
export interface Deliveries {
  readonly delivered: (effect: Effect) => Required<Pick<Done, 'within' | 'onDone'>>
  /** Written in the transaction that gives it up. */
  readonly givenUp: (effect: Effect) => (tx: Transaction) => Promise<void>
}

export function pacsHandler(destinations: readonly Destination[], told?: Deliveries): Handler {
  const byName = new Map(destinations.map((each) => [each.name, each]))
  return {
    holdMs: HOLD_MS,
    most: 16,
    mostAtTarget: 2,
    ...(told && { whenDead: told.givenUp }),
    async run(effect: Effect, signal): Promise<Done> {
      const destination = byName.get(effect.target)
      if (destination === undefined) {
        throw new DeliveryError('never', `ONELABEL_PACS_CONFIG has no destination ${effect.target} any more`)
      }
      const tooLate = AbortSignal.timeout(LIMIT_MS)
      const stop = AbortSignal.any([signal, tooLate])
      try {
        const state = await destination.deliver(effect.body as Parcel, effect.tries === 1, stop)
        return { state, ...told?.delivered(effect) }
      } catch (error) {
        signal.throwIfAborted()
        throw asDeliveryError(tooLate.aborted ? new PacsError(destination.name, 'timed-out') : error)
      }
    },
  }
}

function asDeliveryError(error: unknown): unknown {
  if (error instanceof PacsError) {
    const again = verdictOf(error.code) === 'permanent' ? 'never' : 'later'
    return new DeliveryError(again, error.message, { cause: error })
  }
  if (!(error instanceof FaultError)) return error
  const { kind, message } = error.fault
  return new DeliveryError(kind === 'blob-missing' ? 'never' : 'later', message, { cause: error })
}
