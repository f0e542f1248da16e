/** What is done with files in a thread of its own (aside.ts): the API's own thread answers others meanwhile. */
import { readInput } from '../inference/read-input.ts'
import { type Recounted, type RecountFiles, recountFiles } from '../inference/recount.ts'
import { writeWhole } from '../inference/write-whole.ts'
import type { AffineChoice } from '../nifti/affine-source.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import { encodeValues } from '../nifti/write.ts'

/** A scan, in whatever form it was sent, as NIfTI with nothing but its voxels and where they lie. */
export interface ScanFiles {
  readonly path: string
  readonly affine?: AffineChoice
  readonly outPath: string
  readonly limits: NiftiLimits
}

export type AsideTask = ({ readonly kind: 'recount' } & RecountFiles) | ({ readonly kind: 'scan' } & ScanFiles)

/** Faults: those of recountFiles() or readInput(). */
export async function doAside(task: AsideTask): Promise<Recounted | null> {
  if (task.kind === 'recount') return recountFiles(task)
  const { volume, geometry } = await readInput(task.path, task.limits, undefined, task.affine)
  await writeWhole(task.outPath, [await encodeValues(volume, geometry)])
  return null
}
