/** Two dates on one grid: the same three planes of each through each change, one date above the other, lesions in the colour of their fate. */
import { FATE_LABELS } from '../measure/fate-labels.ts'
import type { LabelVolume, Shape, Volume } from '../volume/volume.ts'
import { frameOf, inFrame } from './frame.ts'
import { middlePlanes } from './places.ts'
import { labelledRegion, withMargin } from './region.ts'
import type { Drawing } from './sheet.ts'
import { viewRows } from './view-rows.ts'

const MARGIN_MM = 10

export interface PairedPlace {
  readonly caption: string
  /** Voxel of the grid through which the planes run. */
  readonly voxel: Shape
}

export interface Paired {
  readonly dates: readonly {
    /** Before the caption of each of its rows. */
    readonly name: string
    readonly scan: Volume<'scan'>
    /** Values of FATE_LABELS. */
    readonly fates: LabelVolume
  }[]
  /** What is labelled of the head, by which the picture is cut. */
  readonly brain: LabelVolume
  /** The middle of the brain where there is none. */
  readonly places: readonly PairedPlace[]
}

export function pairsOf({ dates, brain, places }: Paired): Drawing {
  const frame = frameOf(brain)
  const region = withMargin(labelledRegion(brain, frame), MARGIN_MM, frame)
  const shown =
    places.length === 0
      ? [{ caption: 'brain', planes: middlePlanes(brain, frame) }]
      : places.map(({ caption, voxel }) => ({ caption, planes: inFrame(frame, voxel) }))
  const rows = shown.flatMap(({ caption, planes }) =>
    dates.map(({ name, scan, fates }) => ({
      caption: `${name}: ${caption}`,
      ...{ planes, scan: scan.data, labels: fates.data },
    })),
  )
  return viewRows({ frame, region, labelSet: FATE_LABELS, hidden: [] }, rows)
}
