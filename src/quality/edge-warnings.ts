/** A brain that goes on beyond the field of view. */

import { labelledSections } from '../labels/runs.ts'
import { CUT_SHARE } from '../preprocess/where-cut.ts'
import { endShares } from '../volume/crop.ts'
import { orientationCode } from '../volume/orientation.ts'
import type { LabelVolume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'

const FACE: Readonly<Record<string, string>> = {
  R: 'right',
  L: 'left',
  A: 'anterior',
  P: 'posterior',
  S: 'superior',
  I: 'inferior',
}

/** One warning that names every face of the scan's field of view through which the labelled brain goes on. */
export function edgeWarnings({ data, shape, affine }: LabelVolume): Warning[] {
  const code = orientationCode(affine)
  const back = orientationCode(affine.map((value, at) => (at < 12 && at % 4 < 3 ? -value : value)))
  const cuts = endShares(labelledSections(data, shape)).flatMap(({ low, high }, axis) =>
    ([[back, low] as const, [code, high] as const] as const).flatMap(([letters, share]) =>
      share > CUT_SHARE ? [`${FACE[letters[axis]!]} (${Math.round(100 * share)} %)`] : [],
    ),
  )
  if (cuts.length === 0) return []
  const message = `the brain goes on beyond the field of view: ${cuts.join(', ')} (share of its largest section that lies at that end)`
  return [{ code: 'field-of-view-cut', message }]
}
