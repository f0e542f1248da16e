/** Where the brain is by what the tissue finder found in the scans, once they were laid on each other; and whether that was so. */
import { componentRuns, largestComponent, releaseComponents } from '../labels/components.ts'
import type { LabelSet } from '../labels/label-set.ts'
import { tissueValues } from '../labels/tissue.ts'
import { type KnownBrain, ZONE } from '../preprocess/known-brain.ts'
import { knowBrain } from '../quality/know-brain.ts'
import type { FoundTissue } from '../quality/tissue-finder.ts'
import { invert, multiply, voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'

/** So much solid tissue in one piece beyond a brain that was found is a part of it that was not. */
const MISSED_ML = 15

/**
 * Null where one of the scans that are used was not looked at, or shows no whole brain.
 * @param still the scans that are used, each where its head lies by now
 */
export function whereBrainIs(
  tissue: ReadonlyMap<string, FoundTissue>,
  asSent: ReadonlyMap<string, Volume<'scan'>>,
  still: ReadonlyMap<string, Volume<'scan'>>,
  marginMm: number,
): KnownBrain | null {
  const found = [...still].flatMap(([channel, scan]) => {
    const own = tissue.get(channel)
    const motion = multiply(scan.affine, invert(asSent.get(channel)!.affine))
    return own ? [{ channel, scan, tissue: own, motion }] : []
  })
  return found.length === still.size ? knowBrain(found, marginMm) : null
}

/** Whether tissue, but no fluid, goes on where the brain was thought to end: then it was cut. */
export function goesOn({ data, shape, affine }: LabelVolume, zones: Uint8Array, labels: LabelSet): boolean {
  const fluid = tissueValues(labels).csf
  const isSolid = new Uint8Array(256)
  for (const { kind, value } of labels) isSolid[value] = kind === 'background' || value === fluid ? 0 : 1
  const beyond = data.map((label, at) => (zones[at] === ZONE.margin ? isSolid[label]! : 0))
  const runs = componentRuns(beyond, shape, [1], 6)
  const most = runs.voxels[largestComponent(runs)] ?? 0
  releaseComponents(runs)
  release(beyond)
  return most * voxelVolumeMl(affine) > MISSED_ML
}
