/**
 * A destination behind an Orthanc: the object is put there, and Orthanc sends it on to a modality or a peer. That the other
 * side took it is `sent`; a modality can be asked whether it has it (C-FIND), which is `verified`.
 */
import { z } from 'zod'
import type { DestinationConfig } from './config.ts'
import type { Destination, DestinationBlobs, Parcel } from './deliver.ts'
import { PacsError } from './delivery-code.ts'
import { ask, textOf } from './exchange.ts'
import { isFoundSoon } from './found-soon.ts'
import { orthancId, parse } from './orthanc-api.ts'
import { isFoundAt } from './orthanc-find.ts'
import { type Remote, sendOn } from './orthanc-jobs.ts'
import type { Peer } from './peer.ts'

/** The same for what was there already. */
const uploaded = z.object({ ID: orthancId })

export function remoteOf({ modality, peer }: DestinationConfig & { kind: 'orthanc' }): Remote {
  return modality === undefined ? { kind: 'peers', name: peer ?? '' } : { kind: 'modalities', name: modality }
}

export function orthancDestination(
  config: DestinationConfig & { kind: 'orthanc' },
  peer: Peer,
  blobs: DestinationBlobs,
): Destination {
  const { name, verify } = config
  const remote = remoteOf(config)
  const isThere = (parcel: Parcel, signal: AbortSignal) => isFoundAt(peer, remote.name, parcel, signal)

  /** @returns what Orthanc calls it */
  async function upload(blobKey: string, signal: AbortSignal): Promise<string> {
    const { stream, sizeBytes } = await blobs.openRead(blobKey, { signal })
    try {
      const headers = { 'Content-Type': 'application/dicom', 'Content-Length': String(sizeBytes) }
      const answer = await ask(peer, { method: 'POST', path: 'instances', headers, body: stream, signal })
      return parse(peer, answer.status, await textOf(peer, answer), uploaded).ID
    } finally {
      stream.destroy()
    }
  }

  return {
    name,
    async deliver(parcel, isFirst, signal) {
      const isVerified = verify === 'find'
      if (!isFirst && isVerified && (await isThere(parcel, signal))) return 'verified'
      await sendOn(peer, await upload(parcel.blobKey, signal), remote, isFirst, signal)
      if (!isVerified) return 'sent'
      if (await isFoundSoon(() => isThere(parcel, signal), signal)) return 'verified'
      throw new PacsError(name, 'not-found-after', 'C-FIND')
    },
    ...(verify === 'find' && { isThere }),
    close: peer.close,
  }
}
