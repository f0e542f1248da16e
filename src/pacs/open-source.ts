import type { SourceConfig } from './config.ts'
import { dicomWebSource } from './dicomweb-source.ts'
import { orthancSource } from './orthanc-source.ts'
import { openPeer } from './peer.ts'
import type { Source } from './source.ts'

/** @throws PacsError as openPeer() */
export async function openSource(config: SourceConfig): Promise<Source> {
  const peer = await openPeer(config)
  return config.kind === 'orthanc' ? orthancSource(config, peer) : dicomWebSource(config, peer)
}
