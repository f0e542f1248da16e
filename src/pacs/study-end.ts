/**
 * The end of a job, told to the study that it was made of: an effect of the kind `study`, written with the end itself. A result
 * goes on its way to every destination of the rule; a job that failed parks its study under the code of the fault, and nothing
 * is sent but, where the rule says so, the report that says why.
 */
import type { MadeKind } from '../dicom/object-names.ts'
import { FAULTS } from '../errors.ts'
import { DeliveryError } from '../service/delivery-error.ts'
import type { Handler } from '../service/dispatcher.ts'
import type { StudyBody } from '../service/follow-ups.ts'
import type { Effect, NewEffect } from '../store/effect-store.ts'
import type { StoredJob } from '../store/job-store.ts'
import type { Store } from '../store/store.ts'
import type { StoredStudy } from '../store/study-store.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Rule } from './config.ts'
import { type Parcel, parcelOf } from './deliver.ts'
import type { StudyFacts } from './study.ts'

export const STUDY_KIND = 'study'

/** One object of a job's end, as it lies among the blobs. */
export interface MadeObject {
  readonly kind: MadeKind
  readonly blobKey: string
  readonly seriesInstanceUid: string
  readonly sopInstanceUid: string
  readonly sopClassUid: string
}

/** Those that were made of a job that succeeded, or the report of one that was refused. */
export type ObjectsOf = (job: StoredJob) => Promise<readonly MadeObject[]>

export interface StudyEndDeps {
  readonly store: Pick<Store, 'get' | 'effects' | 'studies'>
  readonly rules: readonly Rule[]
  readonly objectsOf: ObjectsOf
  readonly metrics: Pick<Metrics, 'studyDecided'>
}

const HOLD_MS = 60_000

export function studyEndHandler(deps: StudyEndDeps): Handler {
  const { store, metrics } = deps
  return {
    holdMs: HOLD_MS,
    most: 2,
    mostAtTarget: 2,
    async run(effect) {
      const { studyId } = effect.body as StudyBody
      const study = await store.studies.get(studyId)
      // The job was taken, or ended at once by an earlier result, and its intake is about to say so.
      if (study?.state === 'ready') throw new DeliveryError('later', 'its study does not know of the job yet')
      // Gone, or begun anew by hand: it is not told of an old end.
      if (study?.jobId !== effect.jobId) return { state: 'sent' }
      const { state, reason, parcels } = await settle(effect, study, deps)
      await store.effects.post(parcels)
      const ended = await store.studies.ended(effect.jobId, state, reason)
      return { state: 'verified', ...(ended && { onDone: () => metrics.studyDecided(state, reason) }) }
    },
  }
}

interface Settled {
  readonly state: 'done' | 'parked'
  readonly reason: string
  readonly parcels: readonly NewEffect[]
}

async function settle(effect: Effect, study: StoredStudy, deps: StudyEndDeps): Promise<Settled> {
  const parked = (reason: string, parcels: readonly NewEffect[] = []): Settled => ({ state: 'parked', reason, parcels })
  const { outcome } = effect.body as StudyBody
  const rule = deps.rules.find(({ name }) => name === study.rule)
  const { studyInstanceUid, facts } = study
  if (outcome !== 'succeeded') {
    const isReported = outcome !== 'internal' && FAULTS[outcome].isRefusal === true && rule?.onRefused === 'sr'
    return parked(outcome, isReported ? await refusalParcels(effect, rule, studyInstanceUid, deps) : [])
  }
  if (rule === undefined) return parked('no-such-rule')
  const job = await deps.store.get(effect.jobId)
  if (job === undefined) return parked('job-removed')
  const made = await deps.objectsOf(job)
  const wanted = rule.send.map((kind) => made.find((each) => each.kind === kind))
  if (rule.to.length > 0 && wanted.includes(undefined)) return parked('not-made')
  const lastImageAtMs = (facts as StudyFacts | null)?.grewAtMs
  const of = { studyInstanceUid, ...(lastImageAtMs !== undefined && { lastImageAtMs }) }
  const objects = wanted.filter((object) => object !== undefined)
  return { state: 'done', reason: 'computed', parcels: parcelsOf(effect, rule, objects, of) }
}

/** Sends the report that says why there is no result. It is no result itself, so its arrival counts for no time. */
async function refusalParcels(
  effect: Effect,
  rule: Rule,
  studyInstanceUid: string,
  { store, objectsOf }: StudyEndDeps,
): Promise<readonly NewEffect[]> {
  const job = await store.get(effect.jobId)
  const made = job === undefined ? [] : await objectsOf(job)
  const reports = made.filter(({ kind }) => kind === 'refusal')
  return parcelsOf(effect, rule, reports, { studyInstanceUid })
}

/** Each object to each destination. */
function parcelsOf(
  { jobId, names }: Effect,
  { to }: Pick<Rule, 'to'>,
  objects: readonly MadeObject[],
  of: Pick<Parcel, 'studyInstanceUid' | 'lastImageAtMs'>,
): readonly NewEffect[] {
  return to.flatMap((destination) =>
    objects.map(({ kind: _, ...uids }) => parcelOf(jobId, destination, { ...uids, ...of }, names)),
  )
}
