/** Which format a file has, by its first bytes and never by its name. */
import { type Planner, planNifti } from '../nifti/plan.ts'
import { isMetaImage, isMgh } from '../nifti/sniff.ts'
import { planMetaImage } from './metaimage.ts'
import { planMgh } from './mgh.ts'
import { isNrrd, planNrrd } from './nrrd.ts'

/** Enough to tell the formats apart. */
const MAGIC_BYTES = 64

const FORMATS: readonly (readonly [looksLike: (head: Buffer) => boolean, planner: Planner])[] = [
  [isMgh, planMgh],
  [isNrrd, planNrrd],
  [isMetaImage, planMetaImage],
]

/** Faults: those of the format's planner; of planNifti() where it is none of the others. */
export const planScan: Planner = (head, isWhole, fileBytes, limits) => {
  if (head.length < MAGIC_BYTES && !isWhole) return null
  const [, planner] = FORMATS.find(([looksLike]) => looksLike(head)) ?? [null, planNifti]
  return planner(head, isWhole, fileBytes, limits)
}
