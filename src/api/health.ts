/**
 * /livez: this process answers; it never asks the compute process, so an orchestrator does not kill the service
 * because a scan takes long. /readyz: work can be done now, and if not, why.
 */
import type { RequestHandler } from 'express'
import type { ComputeStatus } from '../compute/supervisor.ts'

export const livez: RequestHandler = (_req, res) => {
  res.json({ live: true })
}

interface Readiness {
  readonly ready: boolean
  /** Why not; empty when ready. */
  readonly reasons: readonly string[]
  /** What is proved: each model ran and reproduced its golden case on this device. */
  readonly models: readonly {
    readonly id: string
    readonly version: string
    readonly device: string
    readonly deviceReason?: string
    readonly goldenAgreement: number
  }[]
}

function readiness(compute: ComputeStatus | null, isDraining: boolean, unreachable: readonly string[]): Readiness {
  const stopping = isDraining ? ['the service is stopping'] : []
  const reasons = [...stopping, ...unreachable, ...(compute === null ? [] : computeReasons(compute))]
  const models = compute?.state === 'ready' ? compute.models.map(({ sha256: _, ...model }) => model) : []
  return { ready: reasons.length === 0, reasons, models }
}

function computeReasons(compute: ComputeStatus): readonly string[] {
  switch (compute.state) {
    case 'ready':
      return []
    case 'starting':
      return ['the models are being loaded and held to their golden cases']
    case 'restarting':
      return [`the compute process is being started again: ${compute.reason}`]
    case 'failed':
      return [`the compute process cannot serve: ${compute.reason}`]
    case 'stopped':
      return ['the compute process was stopped']
  }
}

/** What must answer for work to be done, by its name in the reasons. */
export type Pings = Readonly<Record<string, () => Promise<void>>>

/** A probe waits a second or a few. */
const PING_MS = 1_000

/** A reason for each that does not answer in time. */
async function pingAll(pings: Pings): Promise<readonly string[]> {
  const answers = Object.entries(pings).map(async ([what, ping]) => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('late')), PING_MS)
    const answer = await Promise.race([ping(), late.promise]).then(
      () => [],
      () => [`${what} cannot be reached`],
    )
    clearTimeout(timer)
    return answer
  })
  return (await Promise.all(answers)).flat()
}

/**
 * 200 when work can be done now, else 503 with the reasons; both with the body that openapi.yaml calls Readiness.
 * @param compute null where this process computes nothing itself
 */
export function readyz(compute: () => ComputeStatus | null, isDraining: () => boolean, pings: Pings): RequestHandler {
  return async (_req, res) => {
    const body = readiness(compute(), isDraining(), await pingAll(pings))
    if (!body.ready) res.set('Retry-After', '5')
    res.status(body.ready ? 200 : 503).json(body)
  }
}
