/** A destination behind an Orthanc: the object is put there, and Orthanc sends it on to a modality or a peer. */
import { z } from 'zod'
import type { DestinationConfig } from './config.ts'
import type { Destination, DestinationBlobs } from './deliver.ts'
import { ask, textOf } from './exchange.ts'
import { orthancId, parse } from './orthanc-api.ts'
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
  return {
    name: config.name,
    async deliver({ blobKey }, isFirst, signal) {
      const { stream, sizeBytes } = await blobs.openRead(blobKey, { signal })
      try {
        const headers = { 'Content-Type': 'application/dicom', 'Content-Length': String(sizeBytes) }
        const answer = await ask(peer, { method: 'POST', path: 'instances', headers, body: stream, signal })
        const { ID } = parse(peer, answer.status, await textOf(peer, answer), uploaded)
        await sendOn(peer, ID, remoteOf(config), isFirst, signal)
        return 'sent'
      } finally {
        stream.destroy()
      }
    },
    close: peer.close,
  }
}
