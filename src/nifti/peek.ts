/** A file by its first bytes alone: cheap enough to be done before anything is computed, and in the API's own process. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { contentChunks, fileChunks } from './byte-stream.ts'
import { MAX_HEADER_BYTES } from './header.ts'
import type { NiftiLimits } from './limits.ts'
import { planRead } from './plan.ts'

export interface Peeked {
  /** That the header promises. */
  readonly voxels: number
}

/**
 * Reads at most one chunk of a gzipped file's output, or of a plain file.
 * @throws FaultError whatever readNifti() would find wrong so far: not-nifti, nifti-…, gzip-corrupt, too-many-voxels,
 *   inflated-too-large
 */
export async function peekNifti(path: string, limits: NiftiLimits): Promise<Peeked> {
  const { size: fileBytes } = await stat(path)
  const file = fileChunks(path, createHash('sha256'))
  try {
    let head: Buffer = Buffer.alloc(0)
    for await (const chunk of contentChunks(file)) {
      head = Buffer.concat([head, chunk]).subarray(0, MAX_HEADER_BYTES)
      if (head.length === MAX_HEADER_BYTES) break
    }
    return { voxels: planRead(head, fileBytes, limits).voxels }
  } finally {
    await file.return()
  }
}
