/** How much of a grid is shown, and how large. */
import { spacingMm } from '../volume/affine.ts'
import { type Box, boxOfFilled, widen } from '../volume/crop.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { type Frame, inFrame } from './frame.ts'
import { AXES, type PlaneName } from './plane.ts'

export function wholeOf({ shape }: Pick<Frame, 'shape'>): Box {
  return { start: [0, 0, 0], end: shape }
}

/** The box of all labels, in indices of the frame; of a map without any, the whole grid. */
export function labelledRegion({ data, shape }: LabelVolume, frame: Frame): Box {
  const box = boxOfFilled(data, shape)
  if (box === null) return wholeOf(frame)
  const a = inFrame(frame, box.start)
  const b = inFrame(frame, [box.end[0] - 1, box.end[1] - 1, box.end[2] - 1])
  const along = (pick: (...values: number[]) => number, more: number) =>
    [0, 1, 2].map((axis) => pick(a[axis]!, b[axis]!) + more) as [number, number, number]
  return { start: along(Math.min, 0), end: along(Math.max, 1) }
}

/** So much more on every side, as far as the grid goes. */
export function withMargin(box: Box, marginMm: number, frame: Frame): Box {
  const margin = spacingMm(frame.affine).map((mm) => Math.ceil(marginMm / mm)) as [number, number, number]
  return widen(box, margin, frame.shape)
}

/** Width and height of a plane of the region. */
export function sizeMm(name: PlaneName, { start, end }: Box, frame: Frame): [width: number, height: number] {
  const spacing = spacingMm(frame.affine)
  const [, along, up] = AXES[name]
  return [(end[along] - start[along]) * spacing[along], (end[up] - start[up]) * spacing[up]]
}
