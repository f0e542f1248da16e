/** GET /v1/models and /v1/models/{id}: the cards, as they are executed. The first model is the one used by default. */
import type { RequestHandler } from 'express'
import { FaultError } from '../errors.ts'
import type { Model } from '../model/registry.ts'

/** All models, the default first, without what only people read. */
export function listModels(models: readonly Model[]): RequestHandler {
  return (_req, res) => {
    res.json({
      models: models.map(({ card }, index) => ({
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
export function getModel(models: readonly Model[]): RequestHandler {
  return (req, res) => {
    const model = models.find(({ card }) => card.id === req.params['id'])
    if (model === undefined) {
      throw new FaultError('not-found', `no such model; there are: ${models.map(({ card }) => card.id).join(', ')}`)
    }
    res.json(model.card)
  }
}
