/**
 * A study of a PACS as its operator sees it; openapi.yaml has it as PacsStudy. The UIDs of study and series are told to who has
 * the scope pacs, so that they can be found in the archive; names, numbers and descriptions of patients are not even known here.
 */
import type { ChosenSeries } from '../pacs/look.ts'
import type { Superseded } from '../pacs/object-uids.ts'
import type { StudyFacts } from '../pacs/study.ts'
import { timeOf, uriOf } from '../service/job-document.ts'
import type { Effect } from '../store/effect-store.ts'
import type { StoredStudy } from '../store/study-store.ts'

const ENDED = ['done', 'parked', 'ignored']

export function studyDocument(study: StoredStudy, basePath: string, nowMs: number): object {
  const { id, studyInstanceUid, source, rule, state, reason, jobId, openedAtMs, createdAtMs, dueAtMs } = study
  const { failures, lastError } = study
  const facts = study.facts as StudyFacts | null
  const chosen = (study.chosen as readonly ChosenSeries[] | null) ?? []
  return {
    id,
    studyInstanceUid,
    source,
    rule,
    state,
    reason,
    created: timeOf(createdAtMs),
    since: timeOf(openedAtMs),
    ageS: ENDED.includes(state) ? null : Math.max(0, Math.round((nowMs - openedAtMs) / 1000)),
    lastImage: timeOf(facts?.grewAtMs ?? null),
    due: ['open', 'ready'].includes(state) ? timeOf(dueAtMs) : null,
    candidates: (facts?.series ?? []).map(({ seriesInstanceUid, channel, instances, expected }) => ({
      seriesInstanceUid,
      channel,
      instances,
      expected,
    })),
    chosen: chosen.map(({ seriesInstanceUid, channel, instances, why }) => ({
      seriesInstanceUid,
      channel,
      instances,
      why,
    })),
    job: jobId === null ? null : { id: jobId, uri: uriOf(jobId, basePath) },
    failures,
    lastError,
  }
}

/** With what is asked for one at a time. */
export function studyDetails(deliveries: readonly Effect[], superseded: readonly Superseded[]): object {
  return {
    effects: deliveries.map(({ id, kind, target, state, tries, doneAtMs, lastError }) => ({
      id,
      kind,
      target,
      state,
      tries,
      done: timeOf(doneAtMs),
      lastError,
    })),
    superseded,
  }
}
