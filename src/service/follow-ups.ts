/**
 * What must follow the end of a job, as effects: its line in the audit, the removal of files that nobody needs any more, and
 * word to whoever asked for it. They are written with the end itself, so none is lost, whatever dies.
 */
import type { FaultKind } from '../errors.ts'
import type { NewEffect } from '../store/effect-store.ts'
import type { FollowUps } from '../store/follow-ups.ts'
import type { StoredJob } from '../store/job-store.ts'
import { auditRecordOf } from './audit-job.ts'
import { namesOf } from './job-ends.ts'
import { labelsKeyOf, refusalKeyOf, resultKeysOf } from './result-keys.ts'

export interface FollowUpSettings {
  /** The job as its caller sees it. */
  readonly document: (stored: StoredJob) => object
}

export interface BlobsBody {
  /** Keys, or the ids of jobs of which nothing is kept. */
  readonly remove: readonly string[]
}

export interface WebhookBody {
  /** What is sent, word for word. */
  readonly text: string
  /** Where to; absent: to the operator's own URL, wherever that leads when it is sent. */
  readonly url?: string
}

/** Removes everything of a job that is not, or no longer, kept. @param why it is asked for: once for each reason */
export function removalOf(
  jobId: string,
  why: 'end' | 'forgotten' | 'refused',
  remove: readonly string[] = [jobId],
): NewEffect {
  const body: BlobsBody = { remove }
  return { jobId, kind: 'blobs', target: 'blobs', key: `blobs_${jobId}_${why}`, body }
}

/** What may be left of attempts before the one that brought the result or was refused: their process died between result and end. */
function earlierResults({ job: { id }, attempt, task }: StoredJob): readonly string[] {
  const earlier = Array.from({ length: Math.max(0, attempt - 1) }, (_, index) => labelsKeyOf({ id, token: index + 1 }))
  return earlier.flatMap((labelsKey) => resultKeysOf(labelsKey, task))
}

/** Where there is a result, or a report of why there is none, only that is needed any more, and scans that are to stay; else nothing is. */
function notNeeded(stored: StoredJob): readonly string[] {
  const { job, task } = stored
  if (job.state !== 'succeeded' && refusalKeyOf(stored) === null) return [job.id]
  const isKept = job.state === 'succeeded' && task.keepsScans
  return [...(isKept ? [] : Object.values(task.scans)), ...earlierResults(stored)]
}

export interface StudyBody {
  readonly studyId: string
  readonly outcome: 'succeeded' | 'cancelled' | 'internal' | FaultKind
}

/** Whoever has the configuration of the PACS does it (pacs/study-end.ts): seldom the worker that computed the job. */
function toldToStudy({ job }: StoredJob, studyId: string): NewEffect {
  if (job.state === 'queued' || job.state === 'running') throw new Error(`a ${job.state} job has not ended`)
  const outcome = job.state === 'failed' ? (job.fault?.kind ?? 'internal') : job.state
  const body: StudyBody = { studyId, outcome }
  return { jobId: job.id, kind: 'study', target: 'studies', key: `study_${job.id}`, body }
}

/** Two kinds, so that callbacks that hang do not hold up the operator's own. */
function told(kind: 'webhook' | 'callback', jobId: string, target: string, body: WebhookBody): NewEffect {
  return { jobId, kind, target, key: `${kind}_${jobId}`, body }
}

export function followUps({ document }: FollowUpSettings): FollowUps {
  return {
    ofEnd(stored) {
      const { job, task } = stored
      const { id: jobId } = job
      const text = JSON.stringify(document(stored))
      const names = namesOf({ ...stored, id: jobId })
      const effects: readonly NewEffect[] = [
        { jobId, kind: 'audit', target: 'audit', key: `audit_${jobId}`, body: auditRecordOf(stored) },
        removalOf(jobId, 'end', notNeeded(stored)),
        ...(task.isToldToOperator ? [told('webhook', jobId, 'operator', { text })] : []),
        ...(task.callback === undefined
          ? []
          : [told('callback', jobId, new URL(task.callback).origin, { text, url: task.callback })]),
        ...(task.studyId === undefined ? [] : [toldToStudy(stored, task.studyId)]),
      ]
      return effects.map((effect) => ({ ...effect, names }))
    },
    ofForget: (id) => [removalOf(id, 'forgotten')],
  }
}
