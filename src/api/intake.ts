/** One POST as a submission (service/submit.ts): who calls, what the headers say, and how its body is received. */

import type { Request, Response } from 'express'
import { FaultError } from '../errors.ts'
import { hasScope, type Identity, type OwnerLimits } from '../security/identity.ts'
import { requireCallback, type WebhookPolicy } from '../security/webhook-policy.ts'
import type { Received } from '../service/identify.ts'
import type { Models } from '../service/served-models.ts'
import type { SubmitScans, Submitted } from '../service/submit.ts'
import { idempotencyKey, wantsFreshResult } from './request-headers.ts'
import { declaredBytes, type UploadLimits } from './upload.ts'

export interface IntakeDeps {
  readonly submitScans: SubmitScans
  readonly models: Models
  readonly maxUploadBytes: number
  readonly webhooks: WebhookPolicy
}

/** How the caller wants to be answered. */
export interface Answering {
  readonly mode: 'sync' | 'async'
  /** Waits also for what is large. */
  readonly isPatient: boolean
}

/** Who calls, as authentication left it; everyone is '' where there is none. */
export function ownerOf(res: Response): string {
  return (res.locals['owner'] as string | undefined) ?? ''
}

/** Brings what a request sends into a folder; a callback is not judged there. */
type Receive = (req: Request, res: Response, dir: string, limits: UploadLimits) => Promise<Received>

/** Takes one request in. It throws the FaultErrors of `receiveBody` and of submitScans(), forbidden, callback-refused. */
export function createIntake(
  { submitScans, models, maxUploadBytes, webhooks }: IntakeDeps,
  receiveBody: Receive,
): (req: Request, res: Response, answering: Answering) => Promise<Submitted> {
  const channels = () => [...new Set(models().flatMap(({ card }) => card.channels.map(({ name }) => name)))]

  async function receive(req: Request, res: Response, dir: string): Promise<Received> {
    const limits = { maxUploadBytes, channels: channels() }
    const { callback, ...received } = await receiveBody(req, res, dir, limits)
    if (callback === undefined) return received
    // Where nobody is asked for a key, there is nobody who must not.
    const scopes: Identity['scopes'] = res.locals['scopes'] ?? ['admin']
    if (!hasScope({ scopes }, 'callback')) {
      throw new FaultError('forbidden', `the scope callback is needed for a callback; found ${scopes.join(', ')}`)
    }
    return { ...received, callback: requireCallback(callback, webhooks).href }
  }

  return (req, res, { mode, isPatient }) =>
    submitScans({
      owner: ownerOf(res),
      limits: (res.locals['limits'] as OwnerLimits | undefined) ?? {},
      declaredBytes: declaredBytes(req),
      receive: (dir) => receive(req, res, dir),
      idempotencyKey: idempotencyKey(req),
      isFresh: wantsFreshResult(req),
      origin: { mode, isPatient, requestId: res.locals['requestId'], traceparent: req.get('traceparent') },
    })
}
