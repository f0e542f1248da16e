/**
 * GET /v1/estimates: what a segmentation of such scans would take, by their headers alone. The query has the size of each scan by
 * its channel, and perhaps the model:
 *
 *   ?model=joint-wmh&t1=256x256x176@1x1x1&flair=240x240x48@0.96x0.96x3
 */
import type { RequestHandler } from 'express'
import { FaultError } from '../errors.ts'
import { chooseModel } from '../model/registry.ts'
import { peakMib, type ScanSize, secondsFor } from '../service/estimate.ts'
import type { Models } from '../service/served-models.ts'
import type { JobStore } from '../store/job-store.ts'
import { stringsOf } from './upload-fields.ts'

export interface EstimateDeps {
  readonly store: Pick<JobStore, 'lately' | 'counts'>
  readonly models: Models
  readonly maxVoxels: number
  readonly maxUploadBytes: number
}

/** So many jobs say how fast this service is. */
const LATELY = 50
const SIZE = /^(\d{1,5})x(\d{1,5})x(\d{1,5})@(\d{1,3}(?:\.\d{1,6})?)x(\d{1,3}(?:\.\d{1,6})?)x(\d{1,3}(?:\.\d{1,6})?)$/

/** It throws FaultErrors malformed-request, unknown-model, unknown-channel, no-scan. */
export function estimates({ store, models, maxVoxels, maxUploadBytes }: EstimateDeps): RequestHandler {
  return async (req, res) => {
    const asked = typeof req.query['model'] === 'string' ? req.query['model'] : undefined
    const { card } = chooseModel(models(), asked)
    const channels = card.channels.map(({ name }) => name)
    const { model: _, ...sizes } = stringsOf(req.query, ['model', ...channels])
    const scans = Object.entries(sizes).map(([channel, text]) => sizeOf(channel, String(text)))
    if (scans.length === 0)
      throw new FaultError('no-scan', `give the size of at least one scan under its channel: ${channels.join(', ')}`)
    const [lately, { queued }] = await Promise.all([store.lately(LATELY), store.counts()])
    res.json({
      model: card.id,
      ...secondsFor(scans, card, lately),
      peakMib: peakMib(scans, card),
      waiting: queued,
      limits: { maxVoxels, maxUploadBytes },
    })
  }
}

function sizeOf(channel: string, text: string): ScanSize {
  const numbers = SIZE.exec(text)?.slice(1).map(Number)
  if (numbers?.every((number) => number > 0)) {
    const [nx, ny, nz, x, y, z] = numbers as [number, number, number, number, number, number]
    return { shape: [nx, ny, nz], spacingMm: [x, y, z] }
  }
  throw new FaultError('malformed-request', `${channel}: a size is voxels@mm, such as 256x256x176@1x1x1.2`)
}
