/** A file by its first bytes alone: cheap enough to be done before anything is computed, and in the API's own process. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { AffineChoice } from '../nifti/affine-source.ts'
import { contentChunks, fileChunks } from '../nifti/byte-stream.ts'
import { type NiftiGeometry, shapeOf } from '../nifti/geometry.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import type { Plan } from '../nifti/plan.ts'
import { startContent } from '../nifti/read-planned.ts'
import type { Grid } from '../volume/volume.ts'
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
  const { voxels } = await peekPlan(path, limits, choice)
  return { voxels }
}

/** Where the voxels of a file lie, and how its header says so. Faults: as peekScan(). */
export async function peekGrid(
  path: string,
  limits: NiftiLimits,
): Promise<{ readonly grid: Grid; readonly geometry: NiftiGeometry }> {
  const { geometry, stated } = await peekPlan(path, limits)
  return { grid: { shape: shapeOf(geometry), affine: stated.affine }, geometry }
}

async function peekPlan(path: string, limits: NiftiLimits, choice?: AffineChoice): Promise<Plan> {
  const { size: fileBytes } = await stat(path)
  const open = () => fileChunks(path, createHash('sha256'))
  const file = open()
  const content = contentChunks(file, open)
  try {
    return (await startContent(content, scanPlanner(choice), fileBytes, limits)).plan
  } finally {
    await content.return()
    await file.return()
  }
}
