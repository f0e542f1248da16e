/** What went between us and a PACS, as lines of the audit (security/audit.ts). UIDs stand in them as their SHA-256. */
import type { EventRecord } from '../security/audit.ts'
import type { Effect, NewEffect } from '../store/effect-store.ts'
import type { HeldStudy } from '../store/study-store.ts'
import type { Parcel } from './deliver.ts'
import { hashOfUid } from './hash-of-uid.ts'

/**
 * The lines of a study that was decided on, and of its images, once for each time that it is computed. There is no job yet to
 * follow, so they are effects of the study.
 */
export function auditOf(study: HeldStudy, event: 'decided'): NewEffect
export function auditOf(study: HeldStudy, event: 'pulled', instances: number): NewEffect
export function auditOf(study: HeldStudy, event: 'decided' | 'pulled', instances = 0): NewEffect {
  const { id, source, rule, studyInstanceUid, intakeKey, openedAtMs, nowMs } = study
  const common = {
    time: new Date(nowMs).toISOString(),
    study: hashOfUid(studyInstanceUid),
    studyId: id,
    source,
    rule,
    intake: intakeKey ?? '',
  }
  const body: EventRecord = event === 'decided' ? { event, ...common } : { event, ...common, instances }
  const key = `audit_${event}_${id}_${intakeKey}_${openedAtMs}`
  return { jobId: id, kind: 'audit', target: 'audit', key, body, names: { studyId: id } }
}

export function recordOfDelivery(effect: Effect, event: 'delivered' | 'given-up', nowMs: number): EventRecord {
  const { studyInstanceUid, sopInstanceUid } = effect.body as Parcel
  return {
    event,
    time: new Date(nowMs).toISOString(),
    study: hashOfUid(studyInstanceUid),
    jobId: effect.jobId,
    destination: effect.target,
    object: hashOfUid(sopInstanceUid),
  }
}
