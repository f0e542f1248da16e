/**
 * The golden case: one scan and the label map the model gave for it when it was made. The converter, the tests and the
 * service (before it says ready) hold the model to it, each through its own engine.
 */
import { join } from 'node:path'
import { FaultError } from '../errors.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import { readNifti } from '../nifti/read.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'
import type { Model } from './registry.ts'

export type SegmentScans = (scans: ReadonlyMap<string, Volume<'scan'>>) => Promise<LabelVolume>

/**
 * Share of voxels, 0…1, in which `segment` gives the label of the golden map. Voxels that both call background are not
 * counted: the air around a head would let any map agree in most of them.
 */
export async function goldenAgreement(model: Model, limits: NiftiLimits, segment: SegmentScans): Promise<number> {
  const { id, golden } = model.card
  const scans = new Map<string, Volume<'scan'>>()
  for (const { name } of model.card.channels) {
    const file = golden.scans[name]
    if (file !== undefined) scans.set(name, await readGolden(model, file, limits))
  }
  const expected = await readGolden(model, golden.labels, limits)
  const found = await segment(scans)
  if (`${found.shape}` !== `${expected.shape}`) {
    const shapes = `lies on ${expected.shape.join(' × ')} voxels, its scan on ${found.shape.join(' × ')}`
    throw new FaultError('model-invalid', `the golden label map of model ${id} ${shapes}`)
  }
  return agreement(expected.data, found.data)
}

/** A file of the model's folder that cannot be read is the model's fault, not that of a request. */
async function readGolden({ card, folder }: Model, file: string, limits: NiftiLimits): Promise<Volume<'scan'>> {
  try {
    return (await readNifti(join(folder, file), limits)).volume
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause ? String(cause.code) : null
    const why = missing ?? (cause instanceof FaultError ? cause.message : null)
    if (why === null) throw cause
    throw new FaultError('model-invalid', `the golden case of model ${card.id} cannot be read: ${why}`, { cause })
  }
}

/** 'model-invalid' with both numbers when the agreement is below what the card asks for. */
export function requireGolden({ card }: Model, agreementFound: number): void {
  if (agreementFound >= card.golden.minAgreement) return
  const share = agreementFound.toFixed(4)
  throw new FaultError(
    'model-invalid',
    `model ${card.id} reproduces ${share} of its golden label map; its card asks for ${card.golden.minAgreement}`,
  )
}

/** The share of the voxels labelled in at least one of the two maps on which the maps agree; 1 where there are none. */
export function agreement(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  let counted = 0
  let equal = 0
  for (let voxel = 0; voxel < expected.length; voxel++) {
    if (expected[voxel] === 0 && found[voxel] === 0) continue
    counted++
    if (expected[voxel] === found[voxel]) equal++
  }
  return counted === 0 ? 1 : equal / counted
}
