/**
 * A study that is ready becomes a job: what was decided on is fetched into a folder, and whoever reads DICOM makes scans of it
 * (TakeStudy). May be called again after a crash at any step: the key makes it one job.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { IntakeInput } from '../dicom/intake-key.ts'
import { MADE_KINDS, type ObjectNames } from '../dicom/object-names.ts'
import { FAULTS, FaultError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { HeldStudy } from '../store/study-store.ts'
import { auditOf } from './audit-study.ts'
import type { ComputedWith } from './computed-with.ts'
import type { Rule } from './config.ts'
import { fetchChosen } from './fetch-chosen.ts'
import type { IntakeOptions } from './intake.ts'
import type { PartLimits } from './multipart-related.ts'
import { kindsOf, objectUids } from './object-uids.ts'

export interface FetchedStudy {
  readonly studyId: string
  readonly studyInstanceUid: string
  /** Channel → folder of the files of its series. It goes when the promise settles. */
  readonly files: Readonly<Record<string, string>>
  /** Channel → SOP Instance UIDs: what the files must turn out to be, or the study is refused. */
  readonly instances: IntakeInput['instances']
  /** Id of the model. */
  readonly model: string
  /** The options of the job; `strict` is among them. */
  readonly options: Readonly<Record<string, string>>
  /** Whose the job is. */
  readonly owner: string
  /** What is computed is made of these very instances, model and options. */
  readonly intakeKey: string
  /** The same for the same job: also when the study is taken again after a crash. */
  readonly idempotencyKey: string
  /** Which objects are to be made of the result, or of a refusal, and what they are called. */
  readonly objects: ObjectNames
}

/**
 * Makes scans of a study and submits them, with `studyId` in the origin.
 * @returns the id of the job
 * @throws FaultError: one that is never tried again parks the study under its kind
 */
export type TakeStudy = (study: FetchedStudy, signal: AbortSignal) => Promise<string>

export interface SubmitStudyDeps {
  readonly store: Pick<Store, 'effects' | 'studies'>
  readonly takeStudy: TakeStudy
  /** Whether a job would be taken now: a study is not fetched to be refused. */
  readonly hasRoom: () => Promise<boolean>
  readonly computedWith: ComputedWith
  /** For the files on their way. */
  readonly passingDir: string
  readonly limits: PartLimits
}

export function createSubmitStudy(deps: SubmitStudyDeps): IntakeOptions['submit'] {
  const { store, takeStudy, hasRoom, computedWith, passingDir, limits } = deps
  return async (study, source, rule, signal) => {
    if (!(await hasRoom())) return 'no-room'
    const terms = computedWith(rule)
    const folder = join(passingDir, randomUUID())
    await mkdir(folder, { recursive: true, mode: 0o700 })
    try {
      // Before anything of it comes here: no line is missing of what did.
      await store.effects.post([auditOf(study, 'decided')])
      const fetched = await fetchChosen(study, source, terms, folder, limits, signal)
      if (fetched === null) return 'changed'
      const { folders: files, instances } = fetched
      await store.effects.post([auditOf(study, 'pulled', Object.values(instances).flat().length)])
      const objects = await objectsOf(study, rule)
      const { intakeKey, studyInstanceUid, id: studyId } = study
      const common = { studyId, studyInstanceUid, files, instances, objects, intakeKey: intakeKey ?? '' }
      const { model } = rule
      const options = terms.options
      const jobId = await takeStudy(
        { ...common, model, options, owner: `pacs:${source.name}`, idempotencyKey: keyOf(study) },
        signal,
      )
      return { jobId }
    } catch (error) {
      if (!(error instanceof FaultError) || FAULTS[error.fault.kind].again === 'later') throw error
      return { refused: error.fault.kind }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async function objectsOf(study: HeldStudy, rule: Rule): Promise<FetchedStudy['objects']> {
    const keys = await store.studies.intakesOf(study.id)
    const wanted = MADE_KINDS.filter((made) => kindsOf(rule).includes(made))
    return Object.fromEntries(wanted.map((made) => [made, objectUids(keys, made, rule)]))
  }
}

/** A retry by hand begins anew, and is another job; opened_ms stays while a study is ready. */
function keyOf({ id, intakeKey, openedAtMs }: HeldStudy): string {
  return `pacs-${id}-${intakeKey}-${openedAtMs}`
}
