/**
 * Where the brain is, as far as somebody knows before the network of the model runs (quality/know-brain.ts), and what preprocessing
 * makes of it: a whole head becomes what a stripped one is, which neither scalp, neck nor air can mislead.
 */
import type { Box } from '../volume/crop.ts'
import { minimum } from '../volume/minimum.ts'
import type { Grid } from '../volume/volume.ts'

/** What a voxel of a grid is: far from the brain, around it within the card's margin, brain. */
export const ZONE = { outside: 0, margin: 1, brain: 2 } as const

export interface KnownBrain {
  /** The zone of each voxel of any grid. */
  readonly zonesOn: (grid: Grid) => Uint8Array
  /** What of any grid holds all zones but the outside. */
  readonly boxOn: (grid: Grid) => Box
  /** Channels whose scans show nothing but a brain already: they are left as they are. */
  readonly stripped: ReadonlySet<string>
  /** The same brain with more around it; absent: there is no more of it to be had but the whole head. */
  readonly wider?: () => KnownBrain
  /** The brain goes on beyond what is known of it: the network sees the whole head, in the measure of the part that is known. */
  readonly isCut?: true
}

/**
 * Takes away what lies outside, in place.
 * @param data one channel on the grid of the zones, not yet normalised
 * @returns the same where the margin is taken away too (brainAlone)
 */
export function stripTo(zones: Uint8Array, data: Float32Array): Float32Array {
  let least = Infinity
  for (let at = 0; at < data.length; at++) if (zones[at] !== ZONE.outside && data[at]! < least) least = data[at]!
  for (let at = 0; at < data.length; at++) if (zones[at] === ZONE.outside) data[at] = least
  return brainAlone(zones, data)
}

/** What the intensities of the brain are measured on: all else is as dark as the darkest. */
export function brainAlone(zones: Uint8Array, data: Float32Array): Float32Array {
  const least = minimum(data)
  const brain = data.slice()
  for (let at = 0; at < brain.length; at++) if (zones[at] !== ZONE.brain) brain[at] = least
  return brain
}
