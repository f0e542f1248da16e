/**
 * From the files of a study to a job, and from a job to the objects made of it: the seam to whoever reads and writes DICOM.
 * Until that is joined here no study is taken: it waits, and is tried again, as while the service is not ready.
 */
import { FaultError } from '../errors.ts'
import type { AnnexCore } from '../service/annex.ts'
import type { ObjectsOf } from './study-end.ts'
import type { TakeStudy } from './submit-study.ts'

export interface DicomSeam {
  readonly takeStudy: TakeStudy
  readonly objectsOf: ObjectsOf
}

export type OpenSeam = (core: AnnexCore) => DicomSeam

export const openSeam: OpenSeam = () => ({
  async takeStudy() {
    throw new FaultError('not-ready', 'studies are not made into scans yet')
  },
  objectsOf: async () => [],
})
