/** What POST /v1/comparisons is sent: the scans of two dates as a form, or two segmentations whose scans were kept. */
import { copyFile, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Request, Response } from 'express'
import { z } from 'zod'
import { FaultError } from '../errors.ts'
import { DATES, type DateName } from '../inference/dates.ts'
import { datedName, datedNames, STUDY } from '../service/dated-scans.ts'
import type { Received, ReceivedScan } from '../service/identify.ts'
import type { Blobs } from '../store/blobs.ts'
import type { StoredJob } from '../store/job-store.ts'
import type { Store } from '../store/store.ts'
import { kindOf } from '../store/task.ts'
import { ownerOf } from './intake.ts'
import { parseBody, smallJson } from './small-json.ts'
import { receiveFormOf, type UploadLimits } from './upload.ts'
import { choicesOf } from './upload-fields.ts'

export interface ComparisonIntakeDeps {
  readonly store: Pick<Store, 'get'>
  readonly blobs: Pick<Blobs, 'fetch'>
}

/** Beside the scans; of a segmentation there are more. */
const CHOICES = ['model', 'name', 'callback', 'sequence']

const BODY = z.strictObject({
  before: z.uuid(),
  after: z.uuid(),
  model: z.string().optional(),
  name: z.string().optional(),
  callback: z.string().optional(),
  sequence: z.string().optional(),
})

/** @throws FaultError those of receiveFormOf(); malformed-request, not-found, not-finished, scans-not-kept; unsupported-media-type */
export function createComparisonIntake({ store, blobs }: ComparisonIntakeDeps) {
  /** What of a job is compared: its scans as they were sent. */
  async function jobOf(date: DateName, id: string, res: Response): Promise<StoredJob> {
    const stored = await store.get(id)
    if (stored === undefined || stored.owner !== ownerOf(res) || kindOf(stored.task) !== 'segmentation')
      throw new FaultError('not-found', `${date}: there is no such segmentation (any more)`)
    const { state } = stored.job
    if (state === 'queued' || state === 'running')
      throw new FaultError('not-finished', `${date}: the segmentation is ${state}; compare it when it has succeeded`)
    if (state !== 'succeeded' || !stored.task.keepsScans)
      throw new FaultError(
        'scans-not-kept',
        `${date}: ${state === 'succeeded' ? 'the segmentation was sent without keep=scans' : `the segmentation was ${state}`}, so its scans are gone: send the scans of both dates, or segment that date again with keep=scans`,
      )
    return stored
  }

  async function scansOf(date: DateName, { task }: StoredJob, dir: string): Promise<[string, ReceivedScan][]> {
    const own = join(dir, `of-${date}`)
    await mkdir(own)
    const scans: [string, ReceivedScan][] = []
    for (const [channel, key] of Object.entries(task.scans)) {
      // a copy of its own, which can be moved: an engine may give the stored file itself
      const path = join(own, channel)
      await copyFile(await blobs.fetch(key, dir), path)
      const { size: bytes } = await stat(path)
      scans.push([datedName(date, channel), { path, bytes, sha256: task.sha256?.[channel] ?? '' }])
    }
    return scans
  }

  async function ofJobs(req: Request, res: Response, dir: string): Promise<Received> {
    await new Promise<void>((resolve, reject) =>
      smallJson(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error))),
    )
    const { before, after, ...given } = parseBody(BODY, req.body)
    const found = { before: await jobOf('before', before, res), after: await jobOf('after', after, res) }
    const models = new Set(DATES.map((date) => found[date].task.modelId))
    const [model] = [given.model, ...(models.size === 1 ? models : [])].filter((id) => id !== undefined)
    const scans: [string, ReceivedScan][] = []
    for (const date of DATES) scans.push(...(await scansOf(date, found[date], dir)))
    const choices = choicesOf(
      Object.fromEntries(Object.entries({ ...given, model }).filter(([, v]) => v !== undefined)),
    )
    return { kind: 'comparison', scans: Object.fromEntries(scans), ...choices }
  }

  async function ofForm(req: Request, res: Response, dir: string, limits: UploadLimits): Promise<Received> {
    const names = datedNames([...limits.channels, STUDY])
    const { study, ...received } = await receiveFormOf(req, res, dir, { ...limits, channels: names })
    if (study !== undefined)
      throw new FaultError(
        'malformed-request',
        `a study belongs to one date: send it as ${datedNames([STUDY]).join(', ')}`,
      )
    const others = [
      ...(['grid', 'cohort'] as const).filter((name) => received[name] !== undefined),
      ...(received.keepsScans ? ['keep'] : []),
      ...Object.keys(received.options).filter((name) => !CHOICES.includes(name)),
    ]
    if (others.length > 0)
      throw new FaultError('malformed-request', `a comparison takes ${CHOICES.join(', ')}; found ${others.join(', ')}`)
    return { ...received, kind: 'comparison' }
  }

  return (req: Request, res: Response, dir: string, limits: UploadLimits): Promise<Received> => {
    if (req.is('application/json')) return ofJobs(req, res, dir)
    if (req.is('multipart/form-data')) return ofForm(req, res, dir, limits)
    throw new FaultError('unsupported-media-type', 'the body must be one of multipart/form-data, application/json')
  }
}
