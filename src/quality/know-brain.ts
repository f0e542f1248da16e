/**
 * What preprocessing wants to know about the brain (preprocess/known-brain.ts), from what the tissue finder found in each scan.
 */
import { spread } from '../postprocess/spread.ts'
import { type KnownBrain, ZONE } from '../preprocess/known-brain.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'
import { zeroShare } from '../volume/zero-share.ts'
import { brainBox } from './brain-box.ts'
import { brainMask, type FoundThere, ownMask } from './brain-mask.ts'

/** Beyond these no brain was found that may be gone by: an infant's has 400 mL, the largest intracranial volumes 2 L. */
const BRAIN_ML = { least: 500, most: 2300 } as const
/**
 * A scan with so many voxels of exactly 0, whose others have at most so many times the volume of the brain in it, was stripped: of
 * a whole head the others have twice that and more.
 */
const STRIPPED = { zeros: 0.2, times: 1.4 } as const

/** As much more is shown of a head whose brain may be cut: of a lobe that the finder missed, or of the dura that looked like one. */
const WIDER_MM = 8

/** What was found in the scan of one channel. */
export interface FoundInScan extends FoundThere {
  readonly channel: string
  readonly scan: Volume<'scan'>
}

/**
 * Null where what was found is no whole brain, or every scan is stripped already.
 * @param found of every scan that is used
 * @param marginMm how far around the brain the network is to see
 */
export function knowBrain(found: readonly FoundInScan[], marginMm: number): KnownBrain | null {
  const own = found.map((one) => {
    const mask = ownMask(one.tissue)
    return { ...one, mask, brainMl: volumeMl(mask) }
  })
  if (own.some(({ brainMl }) => brainMl < BRAIN_ML.least || brainMl > BRAIN_ML.most)) return null
  const stripped = new Set(own.filter(isStripped).map(({ channel }) => channel))
  if (stripped.size === found.length) return null
  const within = (mm: number): KnownBrain => ({
    zonesOn: (grid) => zones(brainMask(found, grid), mm),
    boxOn: (grid) => brainBox(own, grid, mm),
    stripped,
  })
  return { ...within(marginMm), wider: () => within(marginMm + WIDER_MM) }
}

function volumeMl({ data, affine }: LabelVolume): number {
  let voxels = 0
  for (let at = 0; at < data.length; at++) if (data[at] === 1) voxels++
  return voxels * voxelVolumeMl(affine)
}

function isStripped({ scan, brainMl }: FoundInScan & { readonly brainMl: number }): boolean {
  const zeros = zeroShare(scan.data, scan.shape)
  const restMl = (1 - zeros) * scan.data.length * voxelVolumeMl(scan.affine)
  return zeros >= STRIPPED.zeros && restMl <= STRIPPED.times * brainMl
}

/** The mask of a brain and what is near it. */
function zones({ data, shape, affine }: LabelVolume, marginMm: number): Uint8Array {
  const near = data.slice()
  const steps = Math.round(marginMm / Math.cbrt(1000 * voxelVolumeMl(affine)))
  spread(near, shape, steps, new Uint8Array(data.length).fill(1))
  for (let at = 0; at < near.length; at++) {
    near[at] = data[at] === 1 ? ZONE.brain : near[at] === 1 ? ZONE.margin : ZONE.outside
  }
  return near
}
