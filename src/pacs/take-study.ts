/** From the files of a study to a job, and from a job to the objects made of it. */
import { storageOf } from '../dicom/object-names.ts'
import { isComparison } from '../inference/comparison-report.ts'
import { dicomLimits } from '../inference/dicom-limits.ts'
import type { AnnexCore } from '../service/annex.ts'
import { objectKeyOf, refusalKeyOf } from '../service/result-keys.ts'
import { chosenScans } from '../service/study-scans.ts'
import { optionsOf } from '../store/options.ts'
import type { ObjectsOf } from './study-end.ts'
import type { TakeStudy } from './submit-study.ts'

export interface DicomSeam {
  readonly takeStudy: TakeStudy
  readonly objectsOf: ObjectsOf
}

export type OpenSeam = (core: AnnexCore) => DicomSeam

export const openSeam: OpenSeam = ({ submitScans, config }) => ({
  async takeStudy(study, signal) {
    const { files, instances, model, owner, idempotencyKey, objects, studyId } = study
    const folders = Object.fromEntries(
      Object.entries(files).map(([channel, folder]) => [channel, { folder, instances: instances[channel] ?? [] }]),
    )
    const limits = dicomLimits(config)
    const { stored } = await submitScans({
      owner,
      // It was let in by the configuration: the queue alone holds it back.
      limits: {},
      declaredBytes: 0,
      receive: async (dir) => ({
        scans: await chosenScans(folders, { limits, dir, signal }),
        model,
        options: optionsOf(study.options),
        objects,
      }),
      idempotencyKey,
      // An earlier result has objects of other names.
      isFresh: true,
      origin: { mode: 'async', isPatient: false, studyId },
    })
    return stored.job.id
  },
  async objectsOf(stored) {
    const { job, task, labelsKey } = stored
    const [refusalKey, refusal] = [refusalKeyOf(stored), task.objects?.refusal]
    if (refusalKey !== null && refusal !== undefined) {
      const { seriesInstanceUid, sopInstanceUid } = refusal
      const kind = 'refusal'
      return [{ kind, blobKey: refusalKey, seriesInstanceUid, sopInstanceUid, sopClassUid: storageOf(kind) }]
    }
    if (job.state !== 'succeeded' || labelsKey === null || isComparison(job.report)) return []
    const { seg } = optionsOf(task.options)
    return (job.report.objects ?? []).flatMap((kind) => {
      const name = task.objects?.[kind]
      if (name === undefined) return []
      const { seriesInstanceUid, sopInstanceUid } = name
      const blobKey = objectKeyOf(labelsKey, kind)
      return [{ kind, blobKey, seriesInstanceUid, sopInstanceUid, sopClassUid: storageOf(kind, seg) }]
    })
  },
})
