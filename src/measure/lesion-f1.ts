/** How many lesions were found, whatever their size: for a reader a missed small one is a missed one. */
import { connectedComponents } from '../labels/components.ts'
import type { LabelVolume } from '../volume/volume.ts'

export interface LesionDetection {
  /** Lesions of the truth, and how many of them are found. */
  readonly truth: number
  readonly truthFound: number
  /** Lesions of the prediction, and how many of them are true. */
  readonly found: number
  readonly foundTrue: number
  /** Harmonic mean of truthFound / truth and foundTrue / found; 0 where nothing overlaps, null where neither has one. */
  readonly f1: number | null
}

/**
 * A lesion is a 26-connected component of `value`. One of the truth counts as found, and one of the prediction as true,
 * where it shares at least one voxel with the other map's lesions, however little that is.
 * Both maps lie on one grid.
 */
export function lesionDetection(found: LabelVolume, truth: LabelVolume, value: number): LesionDetection {
  const ofTruth = overlapped(truth, found, value)
  const ofFound = overlapped(found, truth, value)
  const counts = {
    truth: ofTruth.count,
    truthFound: ofTruth.overlapped,
    found: ofFound.count,
    foundTrue: ofFound.overlapped,
  }
  if (counts.truth + counts.found === 0) return { ...counts, f1: null }
  if (counts.truthFound === 0) return { ...counts, f1: 0 }
  const [recall, precision] = [counts.truthFound / counts.truth, counts.foundTrue / counts.found]
  return { ...counts, f1: (2 * recall * precision) / (recall + precision) }
}

/** The components of `map`, and how many of them share a voxel with `other`. */
function overlapped(map: LabelVolume, other: LabelVolume, value: number): { count: number; overlapped: number } {
  const { ids, voxels } = connectedComponents(map.data, map.shape, [value], 26)
  const touched = new Uint8Array(voxels.length)
  for (let at = 0; at < ids.length; at++) if (other.data[at] === value) touched[ids[at]!] = 1
  return { count: voxels.length - 1, overlapped: touched.slice(1).reduce((sum, one) => sum + one, 0) }
}
