/** GET /v1/effects and POST /v1/effects/{id}:retry: what must follow the ends of jobs, for whoever operates the service. */
import type { RequestHandler } from 'express'
import { FaultError } from '../errors.ts'
import { timeOf } from '../service/job-document.ts'
import { EFFECT_STATES, type Effect, type EffectStore } from '../store/effect-store.ts'
import { nextOf, pageOf } from './pages.ts'

/** Without its body, which is a patient's; of a URL only where it leads, because the rest may hold secrets. */
function effectDocument(effect: Effect): object {
  const { id, jobId, kind, target, key, state, tries, dueAtMs, createdAtMs, doneAtMs, lastError } = effect
  const times = { created: timeOf(createdAtMs), due: timeOf(dueAtMs), done: timeOf(doneAtMs) }
  return { id, jobId, kind, target: URL.parse(target)?.origin ?? target, key, state, tries, ...times, lastError }
}

export function listEffects(effects: Pick<EffectStore, 'list'>): RequestHandler {
  return async (req, res) => {
    const { limit, ...page } = pageOf(req, EFFECT_STATES)
    const found = await effects.list({ ...page, limit: limit + 1 })
    res.json({ effects: found.slice(0, limit).map(effectDocument), next: nextOf(found, limit) })
  }
}

/** @throws FaultError not-found: no such effect, or one that is done or under way */
export function retryEffect(effects: Pick<EffectStore, 'retry'>): RequestHandler {
  return async (req, res) => {
    const effect = await effects.retry(String(req.params['id']))
    if (effect === undefined) throw new FaultError('not-found', 'there is no such effect that is dead or waiting')
    res.json(effectDocument(effect))
  }
}
