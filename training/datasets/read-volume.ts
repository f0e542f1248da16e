/** A training file → a scan, by the ending of its name: MetaImage where it is .mha, NRRD where .nrrd, NIfTI everywhere else. */
import { readNifti } from '../../src/nifti/read.ts'
import type { Volume } from '../../src/volume/volume.ts'
import { TRAINING_LIMITS } from './limits.ts'
import { readMha } from './mha.ts'
import { readNrrd } from './nrrd.ts'

/**
 * @param content labels may all be one value; a scan of one value is refused where it is NIfTI
 * @throws FaultError as readNifti(), readMha() and readNrrd() do
 */
export async function readVolume(path: string, content: 'scan' | 'labels'): Promise<Volume<'scan'>> {
  if (path.endsWith('.mha')) return readMha(path, TRAINING_LIMITS)
  if (path.endsWith('.nrrd')) return readNrrd(path, TRAINING_LIMITS)
  return (await readNifti(path, TRAINING_LIMITS, undefined, content)).volume
}
