/** A training file → a scan, by the reader that serves: what is trained on is what would be sent. */
import { readScan } from '../../../src/formats/read.ts'
import type { Volume } from '../../../src/volume/volume.ts'
import { TRAINING_LIMITS } from './limits.ts'

/**
 * @param content labels may all be one value; a scan of one value is refused
 * @throws FaultError as readScan() does
 */
export async function readVolume(path: string, content: 'scan' | 'labels'): Promise<Volume<'scan'>> {
  return (await readScan(path, TRAINING_LIMITS, undefined, content)).volume
}
