/** What every source of heads gives. */
import type { LabelVolume, Volume } from '../../src/volume/volume.ts'

/** Scans of one subject, and per voxel the set of admissible classes on any grid. */
export interface StatedSubject {
  readonly name: string
  readonly scans: ReadonlyMap<string, Volume<'scan'>>
  /** Bit masks (method/label-sets.ts). */
  readonly sets: LabelVolume
  /** The set that says nothing: true of all voxels around the head. */
  readonly backgroundSet: number
  /** The classes that its data set is labelled with. */
  readonly ownSet: number
}
