/** POST /v1/comparisons and what it creates (jobs.ts): what became of each lesion between two dates, with the maps and scans half-way. */
import type { Request, RequestHandler, Response } from 'express'
import { FaultError } from '../errors.ts'
import { type ComparisonFile, FATES_FILE, midwayScanFile } from '../inference/comparison-files.ts'
import { type ComparisonReport, isComparison } from '../inference/comparison-report.ts'
import type { DateName } from '../inference/dates.ts'
import { comparisonKeyOf } from '../service/result-keys.ts'
import type { StoredJob } from '../store/job-store.ts'
import { createComparisonIntake } from './comparison-intake.ts'
import type { EventsOf } from './events.ts'
import { createIntake } from './intake.ts'
import { createJobs, type ResultFile, type Succeeded } from './jobs.ts'
import { mapType, PDF } from './prefer.ts'
import type { SegmentationDeps } from './segmentations.ts'
import { stringsOf } from './upload-fields.ts'

const REPORT = 'application/json'
/** What a comparison can be answered as beside its report. */
const SHEETS: Readonly<
  Record<string, { readonly file: ComparisonFile; readonly name: string; readonly what: string }>
> = {
  'text/csv': { file: 'changes.csv', name: 'changes.csv', what: 'table of changes' },
  'image/png': { file: 'picture.png', name: 'comparison.png', what: 'picture' },
  [PDF]: { file: 'report.pdf', name: 'comparison.pdf', what: 'page to print' },
}

export const COMPARISON_MAPS = ['before', 'after', 'labels-before', 'labels-after', 'fates'] as const
export type ComparisonMap = (typeof COMPARISON_MAPS)[number]

/** As createSegmentations(). */
export function createComparisons(
  deps: SegmentationDeps,
  eventsOf: EventsOf,
): Readonly<Record<'post' | 'list' | 'get' | 'events' | ComparisonMap | 'remove', RequestHandler>> {
  const jobs = createJobs(deps, 'comparison')
  const takeIn = createIntake(deps, createComparisonIntake(deps))

  /** JSON where nothing else is asked for. @throws FaultError not-acceptable */
  function formOf(req: Request): string {
    const known = [REPORT, ...Object.keys(SHEETS)]
    const accepted = req.accepts(known)
    if (accepted !== false) return accepted
    throw new FaultError('not-acceptable', `the answer can be ${known.join(', ')}`)
  }

  function sendSheet(req: Request, res: Response, stored: StoredJob, type: string): Promise<void> {
    const { file, name, what } = SHEETS[type]!
    return jobs.sendFile(req, res, stored, what, () => ({
      name,
      what,
      type,
      keyOf: (key) => comparisonKeyOf(key, file),
    }))
  }

  function map(
    what: string,
    fileOf: (
      query: Request['query'],
      report: ComparisonReport,
    ) => Pick<ResultFile, 'name'> & { readonly file: ComparisonFile },
  ): RequestHandler {
    return async (req, res) => {
      await jobs.sendFile(req, res, await jobs.of(req, res), what, (job) => {
        const { file, name } = fileOf(req.query, reportOf(job))
        return { name, what, type: mapType(req), keyOf: (key) => comparisonKeyOf(key, file) }
      })
    }
  }

  const scan = (date: DateName) =>
    map(`scan of ${date}`, (query, { usedChannels }) => {
      const { channel = usedChannels[0]! } = stringsOf(query, ['channel'])
      if (!usedChannels.includes(channel))
        throw new FaultError(
          'not-found',
          `the comparison was made from ${usedChannels.join(', ')} and has no other scans`,
        )
      return { file: midwayScanFile(date, channel), name: `${date}-${channel}.nii.gz` }
    })
  const labels = (date: DateName) =>
    map(`label map of ${date}`, (query) => {
      const { grid } = stringsOf(query, ['grid'])
      if (grid !== undefined && grid !== 'own') throw new FaultError('malformed-request', 'grid must be own')
      return { file: grid === 'own' ? `${date}.nii.gz` : `${date}-midway.nii.gz`, name: `labels-${date}.nii.gz` }
    })

  return {
    post: jobs.post(takeIn, (request) => {
      const form = formOf(request)
      return async (req, res, stored) => {
        const { job } = stored
        if (form !== REPORT || job.state !== 'succeeded')
          return sendSheet(req, res, stored, form === REPORT ? PDF : form)
        jobs.setModelHeaders(res, job)
        res.json(job.report)
      }
    }),
    list: jobs.list('comparisons'),
    async get(req, res) {
      const stored = await jobs.of(req, res)
      res.vary('Accept')
      const form = formOf(req)
      await (form === REPORT ? jobs.sendDocument(res, stored) : sendSheet(req, res, stored, form))
    },
    events: eventsOf(jobs.of),
    before: scan('before'),
    after: scan('after'),
    'labels-before': labels('before'),
    'labels-after': labels('after'),
    fates: map('map of fates', () => ({ file: FATES_FILE, name: 'fates.nii.gz' })),
    remove: jobs.remove,
  }
}

/** A job of this kind has no other. */
function reportOf({ report }: Succeeded): ComparisonReport {
  if (isComparison(report)) return report
  throw new Error('a comparison has the report of a segmentation')
}
