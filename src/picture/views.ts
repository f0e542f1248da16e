/** Three planes through each place of a result, a row a place. */
import type { UnsurePlace } from '../measure/least-sure.ts'
import { frameOf } from './frame.ts'
import type { Overlaid } from './montage.ts'
import { placesOf, type WhatToShow } from './places.ts'
import { labelledRegion, withMargin } from './region.ts'
import type { Drawing } from './sheet.ts'
import { viewRows } from './view-rows.ts'

const MARGIN_MM = 10

export interface Viewed extends Overlaid {
  /** Least sure first, in voxels of the labels. */
  readonly unsure: readonly UnsurePlace[]
}

export function viewsOf(viewed: Viewed, show: WhatToShow): Drawing {
  const { scan, labels, labelSet, notAssessable: hidden = [], unsure } = viewed
  const frame = frameOf(scan)
  const region = withMargin(labelledRegion(labels, frame), MARGIN_MM, frame)
  const rows = placesOf(viewed, unsure, frame, show).map((place) => ({
    ...place,
    ...{ scan: scan.data, labels: labels.data },
  }))
  return viewRows({ frame, region, labelSet, hidden }, rows)
}
