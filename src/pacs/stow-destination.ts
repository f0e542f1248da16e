/** A destination by DICOMweb: stored by STOW-RS, believed when QIDO-RS finds it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { DestinationConfig } from './config.ts'
import type { Destination, DestinationBlobs, Parcel } from './deliver.ts'
import { PacsError, verdictOf } from './delivery-code.ts'
import type { Peer } from './peer.ts'
import { isFound } from './qido.ts'
import { store, type Verdict } from './stow.ts'

/** Archives file what they took before it can be searched for; after these waits it is looked for by a later try. */
const LOOKS_MS = [0, 500, 2_000, 5_000]

export function stowDestination(
  config: DestinationConfig & { kind: 'stow' },
  peer: Peer,
  blobs: DestinationBlobs,
): Destination {
  const { name } = config
  const isVerified = config.verify === 'qido'
  const isThere = (parcel: Parcel, signal: AbortSignal) =>
    isFound(
      peer,
      { study: parcel.studyInstanceUid, series: parcel.seriesInstanceUid, sopInstanceUid: parcel.sopInstanceUid },
      signal,
    )

  async function isThereSoon(parcel: Parcel, signal: AbortSignal): Promise<boolean> {
    for (const waitMs of LOOKS_MS) {
      await pause(waitMs, undefined, { signal })
      if (await isThere(parcel, signal)) return true
    }
    return false
  }

  async function send(parcel: Parcel, signal: AbortSignal): Promise<Verdict> {
    const { studyInstanceUid: study, sopInstanceUid, sopClassUid, blobKey } = parcel
    const blob = await blobs.openRead(blobKey, { signal })
    try {
      return await store(peer, { study, sopInstanceUid, sopClassUid }, blob, signal)
    } catch (error) {
      // No answer is an answer that tells nothing, unless it is sure that nothing was stored.
      if (!(error instanceof PacsError) || verdictOf(error.code) !== 'ambiguous') throw error
      return { code: error.code, detail: '' }
    } finally {
      blob.stream.destroy()
    }
  }

  return {
    name,
    async deliver(parcel, isFirst, signal) {
      if (!isFirst && isVerified && (await isThere(parcel, signal))) return 'verified'
      const { code, detail } = await send(parcel, signal)
      const isStored = verdictOf(code) === 'stored'
      if (!isVerified) {
        if (isStored) return 'sent'
        throw new PacsError(name, code, detail)
      }
      if (isStored) {
        if (await isThereSoon(parcel, signal)) return 'verified'
        throw new PacsError(name, 'not-found-after', detail)
      }
      // A refusal may be of something that is there all the same: archives were seen to answer 400 and store it.
      const isSure = verdictOf(code) === 'transient'
      if (!isSure && (await isThere(parcel, signal).catch(unlessStopped(signal)))) return 'verified'
      throw new PacsError(name, code, detail)
    },
    close: peer.close,
  }
}

/** A look that fails tells nothing: what went wrong before it is what is to be told. */
function unlessStopped(signal: AbortSignal): (error: unknown) => false {
  return (error) => {
    signal.throwIfAborted()
    if (error instanceof PacsError) return false
    throw error
  }
}
