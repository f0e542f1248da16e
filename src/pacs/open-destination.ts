import type { DestinationConfig } from './config.ts'
import type { Destination, DestinationBlobs } from './deliver.ts'
import { orthancDestination } from './orthanc-destination.ts'
import { openPeer } from './peer.ts'
import { stowDestination } from './stow-destination.ts'

/** @throws PacsError as openPeer() */
export async function openDestination(config: DestinationConfig, blobs: DestinationBlobs): Promise<Destination> {
  const peer = await openPeer(config)
  return config.kind === 'stow' ? stowDestination(config, peer, blobs) : orthancDestination(config, peer, blobs)
}
