/**
 * An Orthanc that sends on to a modality or a peer, by its jobs. Never `Permissive`: then a job succeeds with nobody there. A job
 * of ours that runs, or failed, is found again and waited for, or resubmitted, so that one object is never sent by two.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { PacsError } from './delivery-code.ts'
import { getJson, orthancId, postJson } from './orthanc-api.ts'
import type { Peer } from './peer.ts'

export interface Remote {
  readonly kind: 'modalities' | 'peers'
  readonly name: string
}

const STATES = ['Pending', 'Running', 'Success', 'Failure', 'Paused', 'Retry'] as const
const job = z.object({
  ID: z.string().regex(/^[0-9a-f-]{36}$/),
  Type: z.string().catch(''),
  State: z.enum(STATES).catch('Running'),
  ErrorCode: z.number().int().catch(0),
  CreationTime: z.string().catch(''),
  Content: z.record(z.string(), z.unknown()).catch({}),
})
type Job = z.output<typeof job>

const LOOK_EVERY_MS = 250
/** After this a later try looks again. */
const PATIENCE_MS = 5 * 60_000

/**
 * Resolves when the other side has taken it.
 * @param isFirst nothing of this was tried before
 * @throws PacsError not-there, peer-unreachable, still-sending, and those of the exchange
 */
export async function sendOn(
  peer: Peer,
  resource: string,
  remote: Remote,
  isFirst: boolean,
  signal: AbortSignal,
): Promise<void> {
  const told = await toldOf(peer, remote, signal)
  const earlier = isFirst ? undefined : await goOn(peer, resource, remote, told, signal)
  const id = earlier ?? (await startJob(peer, resource, remote, signal))
  for (const deadlineMs = performance.now() + PATIENCE_MS; ; ) {
    const found = await getJson(peer, `jobs/${id}`, job, signal)
    if (found === undefined) throw new PacsError(peer.name, 'not-told', 'its job is gone')
    if (found.State === 'Success') return
    if (found.State === 'Failure') {
      const code = found.ErrorCode === NETWORK_PROTOCOL ? 'peer-unreachable' : 'failed'
      throw new PacsError(peer.name, code, `Orthanc error ${found.ErrorCode}`)
    }
    if (performance.now() > deadlineMs) throw new PacsError(peer.name, 'still-sending')
    await pause(LOOK_EVERY_MS, undefined, { signal })
  }
}

/** What a job says of whom it sends to: the AE title of a modality, the URL of a peer. @throws PacsError not-there */
export async function toldOf(peer: Peer, { kind, name }: Remote, signal: AbortSignal): Promise<string> {
  const one = z.object({ AET: z.string().optional(), Url: z.string().optional() })
  const all = await getJson(peer, `${kind}?expand`, z.record(z.string(), one), signal)
  const found = all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined
  const told = kind === 'modalities' ? found?.AET : found?.Url
  if (told === undefined) throw new PacsError(peer.name, 'not-there', `its ${kind} have no ${name}`)
  return told
}

async function startJob(peer: Peer, resource: string, { kind, name }: Remote, signal: AbortSignal): Promise<string> {
  const body = { Resources: [orthancId.parse(resource)], Asynchronous: true, Permissive: false }
  const started = z.object({ ID: job.shape.ID })
  return (await postJson(peer, `${kind}/${name}/store`, body, started, signal)).ID
}

/** The latest one of ours that has not succeeded: it runs, or is made to run again. */
async function goOn(
  peer: Peer,
  resource: string,
  { kind }: Remote,
  told: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const all = (await getJson(peer, 'jobs?expand', z.array(job), signal)) ?? []
  const isOurs = ({ Type, State, Content }: Job) => {
    const [parents, to] = [Content['ParentResources'], Content[kind === 'modalities' ? 'RemoteAet' : 'Peer']]
    return (
      State !== 'Success' &&
      Type === (kind === 'modalities' ? 'DicomModalityStore' : 'OrthancPeerStore') &&
      Array.isArray(parents) &&
      parents.length === 1 &&
      parents[0] === resource &&
      [to].flat()[0] === told
    )
  }
  const [found] = all.filter(isOurs).sort((a, b) => (a.CreationTime < b.CreationTime ? 1 : -1))
  const verb = found && AGAIN[found.State]
  if (verb !== undefined) await postJson(peer, `jobs/${found!.ID}/${verb}`, {}, z.unknown(), signal)
  return found?.ID
}

const AGAIN: Partial<Record<Job['State'], string>> = { Failure: 'resubmit', Paused: 'resume' }
/** The code by which Orthanc reports that nobody is there, that it was refused, or that the connection broke. */
const NETWORK_PROTOCOL = 9
