/** The head in a scan, on the model grid and cut to what is of use of it, before it is normalised. */
import { FaultError } from '../errors.ts'
import {
  type Beyond,
  type Box,
  boxAbove,
  crop,
  cropGrid,
  missingOf,
  NOTHING_BEYOND,
  reorientBox,
  reorientSections,
  type Sections,
  sectionsAbove,
  widen,
} from '../volume/crop.ts'
import { heldBox } from '../volume/held-box.ts'
import { AS_STORED, type AxisMap, toCanonical } from '../volume/orientation.ts'
import { release } from '../volume/release.ts'
import { hasSameVoxels, resampleTo } from '../volume/resample.ts'
import { type Grid, type Shape, type Volume, voxelCount } from '../volume/volume.ts'
import { zeroShare } from '../volume/zero-share.ts'
import type { KnownBrain } from './known-brain.ts'
import { modelGrid } from './model-grid.ts'
import { foregroundThreshold } from './normalize.ts'
import type { PreprocessSpec } from './spec.ts'
import { whereCut } from './where-cut.ts'

/**
 * With this share of exact zeros the scan was masked. Around whole heads there is air instead (at most 3 % of zeros in 16 real
 * ones), of which a cut end needs no mending: there the plane was repeated in vain, and FLAIR lesions lost .007 of Dice.
 */
const MASKED_SHARE = 0.2

export interface Head {
  readonly grid: Grid
  /** The scan on `grid`. */
  readonly data: Float32Array
  readonly beyond: Beyond
}

/** The scan on its model grid, cut to the foreground and the margin; not yet normalised. */
export function headOf(scan: Volume<'scan'>, spec: PreprocessSpec, channel: string): Head {
  const whole = modelGrid(scan, spec.spacingMm)
  const margin = (axis: 0 | 1 | 2): number => Math.ceil(spec.cropMarginMm / spec.spacingMm[axis])
  const margins = [margin(0), margin(1), margin(2)] as const
  const { data, shape, start, threshold, axes } = looked(scan, whole, spec, margins)
  const found = boxAbove(data, shape, threshold)
  const foreground = found && shifted(reorientBox(found, shape, axes), start)
  if (foreground === null) {
    throw new FaultError('scan-constant', `channel ${channel}: all voxels are equal; a scan must have contrast`)
  }
  const box = widen(foreground, margins, whole.shape)
  const missing = missingOf(foreground, margins, whole.shape)
  const isMissing = [...missing.low, ...missing.high].some((voxels) => voxels > 0)
  const isMasked = () => 1 - (1 - zeroShare(data, shape)) * (data.length / voxelCount(whole.shape)) >= MASKED_SHARE
  const sections = () =>
    sectionsWithin(whole.shape, start, reorientSections(sectionsAbove(data, shape, threshold), axes))
  const beyond = isMissing && isMasked() ? whereCut(missing, sections()) : NOTHING_BEYOND
  const grid = cropGrid(whole, box)
  if (data === scan.data) return { grid, data: resampleTo(scan, grid), beyond }
  const [x, y, z] = start
  const head = crop(data, shape, shifted(box, [-x, -y, -z]))
  release(data)
  return { grid, data: head, beyond }
}

/** The part of a scan's model grid that is looked at. */
interface Looked {
  readonly data: Float32Array
  /** As `data` is stored, which `axes` bring to the order of the model grid. */
  readonly shape: Shape
  readonly axes: AxisMap
  /** Where it begins on the model grid. */
  readonly start: readonly [number, number, number]
  /** Above this the voxels of the whole field of view are foreground. */
  readonly threshold: number
}

/** A grid of fewer voxels than this share of the scan's is made as a whole: to look where the scan holds anything would take longer. */
const WORTHWHILE = 0.25

/** All of a scan on its model grid that may be foreground, with the margins. */
function looked(
  scan: Volume<'scan'>,
  whole: Grid,
  spec: PreprocessSpec,
  margins: readonly [number, number, number],
): Looked {
  const all = { start: [0, 0, 0], end: whole.shape } as const
  // where nothing is to be mixed no copy of the scan is made: what is asked of it does not hang on the order of its voxels
  if (hasSameVoxels(scan, whole)) {
    const { data, shape } = scan
    return {
      data,
      shape,
      axes: toCanonical(scan),
      start: all.start,
      threshold: foregroundThreshold(data, spec.normalize),
    }
  }
  const within = (box: Box): Looked => {
    const grid = cropGrid(whole, box)
    const data = resampleTo(scan, grid)
    const threshold = foregroundThreshold(data, spec.normalize, voxelCount(whole.shape) - data.length)
    return { data, shape: grid.shape, axes: AS_STORED, start: box.start, threshold }
  }
  const isWorthwhile = voxelCount(whole.shape) > WORTHWHILE * scan.data.length
  const held = isWorthwhile ? heldBox(scan, whole) : null
  const found = within(held === null ? all : widen(held, margins, whole.shape))
  // below 0 what lies beyond the box, which is 0, is foreground
  return held === null || found.threshold >= 0 ? found : within(all)
}

const shifted = ({ start, end }: Box, by: readonly [number, number, number]): Box => {
  const moved = (at: Box['start']) => [at[0] + by[0], at[1] + by[1], at[2] + by[2]] as const
  return { start: moved(start), end: moved(end) }
}

/** The sections of a part that begins at `start`, as those of the whole, where nothing lies beyond it. */
function sectionsWithin(shape: Shape, start: readonly [number, number, number], part: Sections): Sections {
  const along = (axis: 0 | 1 | 2): Float64Array => {
    const areas = new Float64Array(shape[axis])
    areas.set(part[axis], start[axis])
    return areas
  }
  return [along(0), along(1), along(2)]
}

/** The part of the scan's model grid that the brain is in, with the margin that is known of; what lies beyond nobody asks. */
export function headWithin(scan: Volume<'scan'>, spec: PreprocessSpec, known: KnownBrain): Head {
  const whole = modelGrid(scan, spec.spacingMm)
  const grid = cropGrid(whole, known.boxOn(whole))
  return { grid, data: resampleTo(scan, grid), beyond: NOTHING_BEYOND }
}
