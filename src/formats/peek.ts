/** A file by its first bytes alone: cheap enough to be done before anything is computed, and in the API's own process. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { AffineChoice } from '../nifti/affine-source.ts'
import { contentChunks, fileChunks } from '../nifti/byte-stream.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import { startContent } from '../nifti/read-planned.ts'
import { scanPlanner } from './plan.ts'

export interface Peeked {
  /** That the header promises. */
  readonly voxels: number
}

/**
 * Reads little more than the header: at most one chunk of a gzipped file's output, or of a plain file, where the header is
 * not longer.
 * @throws FaultError whatever readScan() would find wrong so far: not-nifti, nifti-…, gzip-corrupt, too-many-voxels,
 *   inflated-too-large
 */
export async function peekScan(path: string, limits: NiftiLimits, choice?: AffineChoice): Promise<Peeked> {
  const { size: fileBytes } = await stat(path)
  const open = () => fileChunks(path, createHash('sha256'))
  const file = open()
  const content = contentChunks(file, open)
  try {
    const { plan } = await startContent(content, scanPlanner(choice), fileBytes, limits)
    return { voxels: plan.voxels }
  } finally {
    await content.return()
    await file.return()
  }
}
