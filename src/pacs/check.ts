/** Tries every source and destination without storing anything: reached, let in, and able to do what it is there for. */
import { z } from 'zod'
import type { DestinationConfig, PacsConfig, SourceConfig } from './config.ts'
import { codeOfStatus, PacsError } from './delivery-code.ts'
import { ask, textOf } from './exchange.ts'
import { getJson, postJson } from './orthanc-api.ts'
import { remoteOf } from './orthanc-destination.ts'
import { toldOf } from './orthanc-jobs.ts'
import { openPeer, type Peer } from './peer.ts'
import { canSearch } from './qido.ts'

export interface Checked {
  readonly of: 'source' | 'destination'
  readonly name: string
  readonly isGood: boolean
  /** A sentence for whoever set it up. */
  readonly says: string
}

export async function checkPacs({ sources, destinations }: PacsConfig, signal: AbortSignal): Promise<Checked[]> {
  const all = [
    ...sources.map((config) => checkOne('source', config, (peer) => checkSource(config, peer, signal))),
    ...destinations.map((config) => checkOne('destination', config, (peer) => checkDestination(config, peer, signal))),
  ]
  return Promise.all(all)
}

async function checkOne(
  of: Checked['of'],
  config: SourceConfig | DestinationConfig,
  check: (peer: Peer) => Promise<string>,
): Promise<Checked> {
  const { name } = config
  try {
    const peer = await openPeer(config)
    try {
      return { of, name, isGood: true, says: await check(peer) }
    } finally {
      peer.close()
    }
  } catch (error) {
    if (!(error instanceof PacsError)) throw error
    return { of, name, isGood: false, says: error.message }
  }
}

async function checkSource(config: SourceConfig, peer: Peer, signal: AbortSignal): Promise<string> {
  if (config.kind === 'dicomweb') {
    await canSearch(peer, signal)
    return 'answers searches'
  }
  const system = await getJson(peer, 'system', z.object({ Version: z.string().regex(/^[\w.+-]{1,40}$/) }), signal)
  if (system === undefined) throw new PacsError(peer.name, 'not-there', 'no /system: is this the root of an Orthanc?')
  const found = await getJson(peer, 'changes?last', z.object({ Last: z.number().int() }), signal)
  if (found === undefined) throw new PacsError(peer.name, 'not-there', 'no /changes')
  // Since 1.9.4.
  await postJson(peer, 'tools/bulk-content', { Resources: [], Level: 'Study' }, z.array(z.unknown()), signal)
  return `is Orthanc ${system.Version}, with ${found.Last} changes so far`
}

async function checkDestination(config: DestinationConfig, peer: Peer, signal: AbortSignal): Promise<string> {
  if (config.kind === 'stow') {
    if (config.verify === 'qido') {
      await canSearch(peer, signal)
      return 'answers searches; whether it stores shows with the first result'
    }
    const { status, body } = await ask(peer, { path: 'studies?limit=1', signal })
    body.destroy()
    if (status === 401 || status === 403) throw new PacsError(peer.name, codeOfStatus(status), `HTTP ${status}`)
    return 'can be reached; whether it stores shows with the first result'
  }
  const remote = remoteOf(config)
  await toldOf(peer, remote, signal)
  const path = remote.kind === 'modalities' ? `modalities/${remote.name}/echo` : `peers/${remote.name}/system`
  const answer = await ask(
    peer,
    remote.kind === 'modalities' ? { method: 'POST', path, body: '{}', signal } : { path, signal },
  )
  await textOf(peer, answer)
  if (answer.status !== 200) throw new PacsError(peer.name, 'peer-unreachable', `${remote.name}, HTTP ${answer.status}`)
  return `reaches ${remote.name}`
}
