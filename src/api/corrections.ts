/**
 * What a person makes of a job's label map: PUT, GET and DELETE of the corrected map, the report counted anew, the scans that were
 * kept for it, and all of it as a case to train with.
 */

import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Request, RequestHandler, Response } from 'express'
import { FaultError } from '../errors.ts'
import type { Report } from '../inference/report.ts'
import type { Corrections } from '../service/corrections.ts'
import { receiveFile } from '../service/received-file.ts'
import { requireKept, type ScansOfJob } from '../service/scans-of-job.ts'
import { segmentationReport } from '../service/segmentation-report.ts'
import type { Models } from '../service/served-models.ts'
import { type TrainingCase, trainingCase } from '../service/training-case.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Correction } from '../store/correction.ts'
import type { StoredJob } from '../store/job-store.ts'
import { letBodyCome, tooLarge } from './body.ts'
import { codingsOf, decodedBody, mostSent } from './content-encoding.ts'
import { disposition } from './download-name.ts'
import type { Jobs } from './jobs.ts'
import { mapType } from './prefer.ts'
import { sendStream } from './send-stream.ts'
import { RAW_TYPES } from './upload.ts'

export interface CorrectionRoutesDeps {
  readonly corrections: Corrections
  readonly scans: ScansOfJob
  readonly blobs: Blobs
  readonly models: Models
  readonly incomingDir: string
  readonly maxUploadBytes: number
}

export type CorrectionRoutes = Readonly<
  Record<'put' | 'get' | 'report' | 'remove' | 'scan' | 'trainingCase', RequestHandler>
>

/** @param jobOf the job of a request, another owner's being none. The handlers throw FaultErrors. */
export function createCorrectionRoutes(deps: CorrectionRoutesDeps, jobOf: Jobs['of']): CorrectionRoutes {
  const { corrections, scans, blobs, models, incomingDir, maxUploadBytes } = deps

  async function receive(req: Request, res: Response, path: string): Promise<void> {
    if (!req.is(RAW_TYPES)) {
      throw new FaultError('unsupported-media-type', `the body must be one of ${RAW_TYPES.join(', ')}`)
    }
    const codings = codingsOf(req, res)
    letBodyCome(req, res, mostSent(maxUploadBytes, codings))
    const body = decodedBody(req, codings, maxUploadBytes)
    const { bytes } = await receiveFile(body, path, maxUploadBytes, () => tooLarge(maxUploadBytes)).catch((error) => {
      if (!req.complete && req.destroyed) throw new FaultError('cancelled', 'the upload was cut', { cause: error })
      throw error
    })
    if (bytes === 0) throw new FaultError('no-scan', 'the body is empty')
  }

  async function correctedOf(req: Request, res: Response): Promise<StoredJob & { readonly correction: Correction }> {
    const stored = await jobOf(req, res)
    requireSucceeded(stored)
    const { correction } = stored
    if (correction !== null) return { ...stored, correction }
    throw new FaultError('not-found', 'nobody corrected the map of this job')
  }

  return {
    async put(req, res) {
      const stored = await jobOf(req, res)
      requireSucceeded(stored)
      const { correction } = await corrections.put(stored, (path) => receive(req, res, path))
      res.json(correction.report)
    },
    async get(req, res) {
      const { correction, task } = await correctedOf(req, res)
      const { stream, sizeBytes } = await blobs.openRead(correction.key)
      res.type(mapType(req)).set('Content-Disposition', disposition(task.name, 'corrected.nii.gz'))
      res.set('Content-Length', String(sizeBytes))
      if (req.method !== 'HEAD') return sendStream(stream, res, sizeBytes)
      stream.destroy()
      res.end()
    },
    async report(req, res) {
      res.json((await correctedOf(req, res)).correction.report)
    },
    async remove(req, res) {
      await corrections.remove(await correctedOf(req, res))
      res.status(204).end()
    },
    async scan(req, res) {
      const stored = await jobOf(req, res)
      requireSucceeded(stored)
      const dir = join(incomingDir, randomUUID())
      await mkdir(dir, { mode: 0o700 })
      try {
        const channel = String(req.params['channel'])
        const path = await scans.asNifti(stored, channel, dir)
        const { size } = await stat(path)
        res.type('application/gzip').set('Content-Disposition', disposition(stored.task.name, `${channel}.nii.gz`))
        res.set('Content-Length', String(size))
        if (req.method === 'HEAD') res.end()
        else await sendStream(createReadStream(path), res, size)
      } finally {
        await rm(dir, { recursive: true, force: true })
      }
    },
    async trainingCase(req, res) {
      const stored = await correctedOf(req, res)
      const { report } = requireSucceeded(stored)
      requireKept(stored.task)
      const { id, sha256 } = report.model
      const card = models().find((model) => model.card.id === id && model.card.weights.sha256 === sha256)?.card
      if (card === undefined)
        throw new FaultError('unknown-model', 'the model that made the map is not served any more')
      await sendCase(res, await trainingCase(stored, report, { scans, incomingDir, card }))
    },
  }
}

/** Its length is not known before it was made. */
async function sendCase(res: Response, { name, archive, end }: TrainingCase): Promise<void> {
  try {
    res.type('application/zip').set('Content-Disposition', disposition(undefined, `${name}.zip`))
    await pipeline(archive, res)
  } catch (error) {
    // Who went away needs no answer.
    if (!res.destroyed) throw error
  } finally {
    await end()
  }
}

function requireSucceeded({ job }: StoredJob): { readonly report: Report } {
  if (job.state === 'succeeded') return { report: segmentationReport(job) }
  if (job.state === 'queued' || job.state === 'running') {
    throw new FaultError('not-finished', `the job is ${job.state}; there is no label map yet`)
  }
  throw new FaultError(
    'not-found',
    `the job ${job.state === 'failed' ? 'failed' : 'was cancelled'}; it has no label map`,
  )
}
