/** A destination by DICOMweb: stored by STOW-RS, believed when QIDO-RS finds it. */
import type { DestinationConfig } from './config.ts'
import type { Destination, DestinationBlobs, Parcel } from './deliver.ts'
import { PacsError, verdictOf } from './delivery-code.ts'
import { isFoundSoon } from './found-soon.ts'
import type { Peer } from './peer.ts'
import { isFound } from './qido.ts'
import { store, type Verdict } from './stow.ts'

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
        if (await isFoundSoon(() => isThere(parcel, signal), signal)) return 'verified'
        throw new PacsError(name, 'not-found-after', detail)
      }
      // A refusal may be of something that is there all the same: archives were seen to answer 400 and store it.
      const isSure = verdictOf(code) === 'transient'
      if (!isSure && (await isThere(parcel, signal).catch(unlessStopped(signal)))) return 'verified'
      throw new PacsError(name, code, detail)
    },
    ...(isVerified && { isThere }),
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
