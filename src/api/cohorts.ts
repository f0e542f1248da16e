/** The table of the jobs that a caller sent under one cohort name: that of `onelabel segment --batch` (cohort/table.ts). */
import type { RequestHandler } from 'express'
import { type Named, type Row, rowReport, type Status, tableOf } from '../cohort/table.ts'
import { FaultError } from '../errors.ts'
import { isComparison } from '../inference/comparison-report.ts'
import type { Models } from '../service/served-models.ts'
import type { JobState } from '../store/job.ts'
import type { StoredJob } from '../store/job-store.ts'
import type { Store } from '../store/store.ts'
import { ownerOf } from './intake.ts'
import { requireOwn } from './require-own.ts'
import { isCohortName } from './upload-fields.ts'

/** Reports hold up to a thousand lesions each: so many are read at a time, and only their rows kept. */
const PAGE = 100

const STATUS_OF: Readonly<Record<JobState, Status>> = {
  queued: 'waiting',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
}

export interface CohortDeps {
  readonly store: Pick<Store, 'ofCohort'>
  readonly models: Models
}

/** One row a job, the one sent first first; a job of another owner is in none. @throws FaultError not-found, forbidden */
export function cohortTable({ store, models }: CohortDeps): RequestHandler {
  return async (req, res) => {
    requireOwn(res)
    const cohort = String(req.params['name'])
    const rows: Row[] = []
    const modelIds = new Set<string | undefined>()
    if (!isCohortName(cohort)) throw none()
    for (let after = 0; ; ) {
      const jobs = await store.ofCohort({ owner: ownerOf(res), cohort, after, limit: PAGE })
      for (const stored of jobs) {
        rows.push(rowOf(stored))
        modelIds.add(stored.task.modelId)
      }
      if (jobs.length < PAGE) break
      after = jobs.at(-1)!.place
    }
    if (rows.length === 0) throw none()
    res
      .type('text/csv')
      .attachment(`${cohort}.csv`)
      .send(tableOf(rows, namedBy(models, modelIds)))
  }
}

function none(): FaultError {
  return new FaultError('not-found', 'there is no job of this cohort (any more)')
}

/** The subject is what the caller called the job; else the job's id. */
function rowOf({ job, task }: StoredJob): Row {
  return {
    subject: task.name ?? job.id,
    session: null,
    status: STATUS_OF[job.state],
    code: job.state === 'failed' ? (job.fault?.kind ?? 'internal') : null,
    scans: Object.keys(task.scans),
    job: job.id,
    // a comparison is in no cohort
    ...(job.state === 'succeeded' && !isComparison(job.report) && { report: rowReport(job.report) }),
  }
}

/** Columns of the models that were asked, also where none of their jobs is done. */
function namedBy(models: Models, ids: ReadonlySet<string | undefined>): Named {
  const cards = models().flatMap(({ card }) => (ids.has(card.id) ? [card] : []))
  return {
    labels: cards.flatMap(({ labels }) => labels.slice(1).map(({ name }) => name)),
    channels: cards.flatMap(({ channels }) => channels.map(({ name }) => name)),
  }
}
