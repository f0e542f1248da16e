/**
 * /livez: this process answers; it never asks the compute process, so an orchestrator does not kill the service
 * because a scan takes long. /readyz: work can be done now, and if not, why.
 */
import type { RequestHandler } from 'express'
import type { ComputeStatus } from '../compute/supervisor.ts'
import { computeReasons } from '../service/compute-reasons.ts'

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

function readiness(compute: ComputeStatus | null, isDraining: boolean, others: readonly string[]): Readiness {
  const stopping = isDraining ? ['the service is stopping'] : []
  const reasons = [...stopping, ...others, ...(compute === null ? [] : computeReasons(compute))]
  const models = compute?.state === 'ready' ? compute.models.map(({ sha256: _, ...model }) => model) : []
  return { ready: reasons.length === 0, reasons, models }
}

/**
 * 200 when work can be done now, else 503 with the reasons; both with the body that openapi.yaml calls Readiness.
 * @param compute null where this process computes nothing itself
 * @param checks every other reason not to be ready
 */
export function readyz(
  compute: () => ComputeStatus | null,
  isDraining: () => boolean,
  checks: () => Promise<readonly string[]>,
): RequestHandler {
  return async (_req, res) => {
    const others = await checks()
    const body = readiness(compute(), isDraining(), others)
    if (!body.ready) res.set('Retry-After', '5')
    res.status(body.ready ? 200 : 503).json(body)
  }
}
