/** Where the brain is by what the tissue finder found in the scans, once they were laid on each other; and whether that was so. */
import { componentRuns, largestComponent, releaseComponents } from '../labels/components.ts'
import type { LabelSet } from '../labels/label-set.ts'
import { tissueValues } from '../labels/tissue.ts'
import { ZONE } from '../preprocess/known-brain.ts'
import { type BrainFound, knowBrain } from '../quality/know-brain.ts'
import type { FoundTissue } from '../quality/tissue-finder.ts'
import { invert, multiply, voxelVolumeMl } from '../volume/affine.ts'
import { release } from '../volume/release.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'

/**
 * So much solid tissue in one piece at the very end of what the network was shown is where a brain was cut through. Of eight FLAIRs
 * whose brain was not cut one had 65, where bright dura was taken for tissue; a section through both hemispheres has 100 and more.
 */
const CUT_CM2 = 100

/**
 * No brain where one of the scans that are used was not looked at, and as of knowBrain().
 * @param still the scans that are used, each where its head lies by now
 */
export function whereBrainIs(
  tissue: ReadonlyMap<string, FoundTissue>,
  asSent: ReadonlyMap<string, Volume<'scan'>>,
  still: ReadonlyMap<string, Volume<'scan'>>,
  marginMm: number,
): BrainFound {
  const found = [...still].flatMap(([channel, scan]) => {
    const own = tissue.get(channel)
    const motion = multiply(scan.affine, invert(asSent.get(channel)!.affine))
    return own ? [{ channel, scan, tissue: own, motion }] : []
  })
  return found.length === still.size ? knowBrain(found, marginMm) : { brain: null, warnings: [] }
}

/** Whether tissue, but no fluid, goes on where the brain was thought to end: then it was cut. */
export function goesOn({ data, shape, affine }: LabelVolume, zones: Uint8Array, labels: LabelSet): boolean {
  const fluid = tissueValues(labels).csf
  const isSolid = new Uint8Array(256)
  for (const { kind, value } of labels) isSolid[value] = kind === 'background' || value === fluid ? 0 : 1
  const [nx, ny] = shape
  const plane = nx * ny
  const end = new Uint8Array(data.length)
  for (let at = 0; at < end.length; at++) {
    if (zones[at] !== ZONE.margin || isSolid[data[at]!] === 0) continue
    const isEnd =
      zones[at - 1] === ZONE.outside ||
      zones[at + 1] === ZONE.outside ||
      zones[at - nx] === ZONE.outside ||
      zones[at + nx] === ZONE.outside ||
      zones[at - plane] === ZONE.outside ||
      zones[at + plane] === ZONE.outside
    if (isEnd) end[at] = 1
  }
  const runs = componentRuns(end, shape, [1], 26)
  const most = runs.voxels[largestComponent(runs)] ?? 0
  releaseComponents(runs)
  release(end)
  // a layer of one voxel
  const cm2 = (most * 1000 * voxelVolumeMl(affine)) / Math.cbrt(1000 * voxelVolumeMl(affine)) / 100
  return cm2 > CUT_CM2
}
