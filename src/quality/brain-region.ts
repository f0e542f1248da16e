/**
 * Where a head may show brain, for the network that sees it next: all that the tissue finder (tissue-finder.ts) holds for fluid,
 * grey or white matter, and generously around it. What it misses of a brain is for others to notice (inference/find-labels.ts).
 */
import { squaredDistanceMm2 } from '../measure/distance.ts'
import { spacingMm } from '../volume/affine.ts'
import type { ByteSource } from '../volume/nearest.ts'
import type { FoundTissue } from './tissue-finder.ts'

/** Of the three together: less is rather something else. */
const LEAST_SHARE = 0.5
const MARGIN_MM = 16

/** 1 where brain may be, else 0; on the grid of what was found. */
export function brainRegion({ shape, affine, csf, grey, white }: FoundTissue): ByteSource {
  const isBrain = Uint8Array.from(csf, (share, at) => (share + grey[at]! + white[at]! >= LEAST_SHARE ? 1 : 0))
  const distance = squaredDistanceMm2(isBrain, shape, spacingMm(affine))
  return { shape, affine, data: Uint8Array.from(distance, (mm2) => (mm2 <= MARGIN_MM ** 2 ? 1 : 0)) }
}
