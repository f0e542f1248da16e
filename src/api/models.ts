/**
 * GET /v1/models and /v1/models/{id}: the cards, as they are executed. The first model is the one used by default. They
 * change with POST /v1/models:reload, so they are asked for at each request.
 */
import type { RequestHandler } from 'express'
import type { ModelsChange } from '../compute/model-change.ts'
import type { ComputeStatus } from '../compute/supervisor.ts'
import { FaultError } from '../errors.ts'
import type { Model } from '../model/registry.ts'
import type { Models } from '../service/served-models.ts'

/** All models, the default first, without what only people read. */
export function listModels(models: Models): RequestHandler {
  return (_req, res) => {
    res.json({
      models: models().map(({ card }, index) => ({
        id: card.id,
        version: card.version,
        title: card.title,
        intendedUse: card.intendedUse,
        license: card.license,
        default: index === 0,
        channels: card.channels,
        required: card.required,
        labels: card.labels,
        sha256: card.weights.sha256,
      })),
    })
  }
}

/** The whole card. @throws FaultError not-found, naming the models there are */
export function getModel(models: Models): RequestHandler {
  return (req, res) => {
    res.json(cardOf(models, req.params['id']))
  }
}

/**
 * Answers when the models of now serve, or when it is clear that they cannot: a caller who goes away changes nothing.
 * Faults: those of Supervisor.reload().
 * @param reload null where this process computes nothing: not-found, saying who does
 */
export function reloadModels(reload: (() => Promise<ModelsChange>) | null): RequestHandler {
  return async (_req, res) => {
    if (reload === null) {
      throw new FaultError('not-found', 'this process loads no models; send SIGHUP to those that compute')
    }
    res.json(await reload())
  }
}

/**
 * GET /v2/models/{id}/ready, as in KServe's v2 protocol.
 * @param compute null where this process computes nothing: then what it takes jobs for is ready
 */
export function modelReady(
  models: Models,
  compute: () => ComputeStatus | null,
  isDraining: () => boolean,
): RequestHandler {
  return (req, res) => {
    const { id: name } = cardOf(models, req.params['id'])
    const status = compute()
    const isLoaded = status === null || (status.state === 'ready' && status.models.some(({ id }) => id === name))
    const ready = isLoaded && !isDraining()
    if (!ready) res.set('Retry-After', '5')
    res.status(ready ? 200 : 503).json({ name, ready })
  }
}

function cardOf(models: Models, id: unknown): Model['card'] {
  const model = models().find(({ card }) => card.id === id)
  if (model !== undefined) return model.card
  const known = models().map(({ card }) => card.id)
  throw new FaultError('not-found', `no such model; there are: ${known.join(', ')}`)
}
