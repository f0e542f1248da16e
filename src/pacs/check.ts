/**
 * Tries every source and destination: reached, let in, and able to do what it is there for. Nothing is stored unless that is asked
 * for: a hospital's archive is no place for tests that nobody meant.
 */
import { z } from 'zod'
import { checkStore, StoreRefused } from './check-store.ts'
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

/** @param isStoring a test object is stored at each destination that is well otherwise */
export async function checkPacs(
  { sources, destinations }: PacsConfig,
  signal: AbortSignal,
  isStoring = false,
): Promise<Checked[]> {
  const store = async (config: DestinationConfig, says: string) =>
    isStoring ? `${says}, and ${await checkStore(config, signal)}` : says
  const all = [
    ...sources.map((config) => checkOne('source', config, signal, (peer) => checkSource(config, peer, signal))),
    ...destinations.map((config) =>
      checkOne('destination', config, signal, async (peer) =>
        store(config, await checkDestination(config, peer, signal)),
      ),
    ),
  ]
  return Promise.all(all)
}

async function checkOne(
  of: Checked['of'],
  config: SourceConfig | DestinationConfig,
  signal: AbortSignal,
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
    const known = error instanceof PacsError || error instanceof StoreRefused
    if (!known && !signal.aborted) throw error
    return { of, name, isGood: false, says: known ? error.message : new PacsError(name, 'timed-out').message }
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
      return 'answers searches'
    }
    const { status, body } = await ask(peer, { path: 'studies?limit=1', signal })
    body.destroy()
    if (status === 401 || status === 403) throw new PacsError(peer.name, codeOfStatus(status), `HTTP ${status}`)
    return 'can be reached'
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
