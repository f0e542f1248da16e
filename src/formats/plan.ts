/** Which format a file has, by its first bytes and never by its name. */
import { FaultError } from '../errors.ts'
import type { AffineChoice } from '../nifti/affine-source.ts'
import { niftiPlanner, type Planner } from '../nifti/plan.ts'
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

/**
 * @param choice where the file states two affines, which only NIfTI can
 * Faults: those of the format's planner, of niftiPlanner() where it is none of the others, nifti-no-affine.
 */
export function scanPlanner(choice?: AffineChoice): Planner {
  return (head, isWhole, fileBytes, limits) => {
    if (head.length < MAGIC_BYTES && !isWhole) return null
    const other = FORMATS.find(([looksLike]) => looksLike(head))
    if (other !== undefined && choice === 'qform')
      throw new FaultError(
        'nifti-no-affine',
        'affine=qform was asked for, and the file is of another format than NIfTI, which has no qform: leave affine=qform out',
      )
    const [, planner] = other ?? [null, niftiPlanner(choice)]
    return planner(head, isWhole, fileBytes, limits)
  }
}
