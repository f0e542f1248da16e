/**
 * What preprocessing wants to know about the brain (preprocess/known-brain.ts), from what the tissue finder found in each scan.
 */
import { spread } from '../postprocess/spread.ts'
import { type KnownBrain, ZONE } from '../preprocess/known-brain.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import type { LabelVolume, Volume } from '../volume/volume.ts'
import { zeroShare } from '../volume/zero-share.ts'
import type { Warning } from '../warnings.ts'
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

/** Where the brain is, or null, and what a person should know where that is because nobody can go by what was found. */
export interface BrainFound {
  readonly brain: KnownBrain | null
  readonly warnings: readonly Warning[]
}

/**
 * No brain where every scan is stripped already, and with a warning where what was found is no whole brain.
 * @param found of every scan that is used
 * @param marginMm how far around the brain the network is to see
 */
export function knowBrain(found: readonly FoundInScan[], marginMm: number): BrainFound {
  const own = found.map((one) => {
    const mask = ownMask(one.tissue)
    return { ...one, mask, brainMl: volumeMl(mask) }
  })
  const stripped = new Set(own.filter(isStripped).map(({ channel }) => channel))
  if (stripped.size === found.length) return { brain: null, warnings: [] }
  const doubtful = own.filter(({ brainMl }) => brainMl < BRAIN_ML.least || brainMl > BRAIN_ML.most)
  if (doubtful.length > 0) return { brain: null, warnings: doubtful.map(doubtfulWarning) }
  const within = (mm: number): KnownBrain => ({
    zonesOn: (grid) => zones(brainMask(found, grid), mm),
    boxOn: (grid) => brainBox(own, grid, mm),
    stripped,
  })
  return { brain: { ...within(marginMm), wider: () => within(marginMm + WIDER_MM) }, warnings: [] }
}

function doubtfulWarning({ channel, brainMl }: { readonly channel: string; readonly brainMl: number }): Warning {
  const range = `${BRAIN_ML.least} to ${BRAIN_ML.most} mL`
  const message = `channel ${channel}: what looks like the brain has ${brainMl.toFixed(0)} mL and not ${range}, so the model was shown the whole head`
  return { code: 'brain-doubtful', message }
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
